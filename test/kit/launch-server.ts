/** Starts a server's process and waits until it is ready, or says what it wrote. */
import { Child, tailOf } from './child.ts';
import { until } from './deadline.ts';

const READY_MS = 20_000;

export interface LaunchRecipe {
  readonly name: string;
  readonly folder: string;
  readonly errorLog: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly asUser?: string;
  readonly namespace?: string;
}

/** Ready is when `answers` says so: it asks over TCP, as those will who use it. */
export async function launchServer(
  recipe: LaunchRecipe,
  extraArgs: readonly string[],
  answers: () => Promise<boolean>,
): Promise<Child> {
  const child = await Child.start({
    name: recipe.name,
    command: recipe.command,
    args: [...recipe.args, ...extraArgs],
    logFile: `${recipe.folder}/output.log`,
    ...(recipe.asUser === undefined ? {} : { asUser: recipe.asUser }),
    ...(recipe.namespace === undefined ? {} : { namespace: recipe.namespace }),
  });
  try {
    await until(`${recipe.name} to be ready`, { deadlineMs: READY_MS, everyMs: 15 }, async () => {
      if (child.exit !== undefined) throw new Error(`${recipe.name} ended while it was starting`);
      return answers();
    });
    return child;
  } catch (thrown) {
    await child[Symbol.asyncDispose]();
    const log = await tailOf(recipe.errorLog, 15);
    const output = await child.logTail(5);
    throw new Error(`${String(thrown)}\n${log}\n${output}`, { cause: thrown });
  }
}
