/**
 * A data folder made once for a machine, of which every server gets a copy: the setting up takes seconds, the
 * copy a fraction of one. It has the accounts, and neither binary log nor GTID.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, rename, rm } from 'node:fs/promises';
import { removeFoldersOfDead } from './folder.ts';
import { enginesCache } from './project.ts';
import { runProgram } from './run-program.ts';
import { type ServerUser, serverUser } from './server-user.ts';

export interface TemplateRecipe {
  readonly engine: string;
  readonly version: string;
  /** Whatever the result depends on; another text, another template. */
  readonly ingredients: readonly string[];
  /** Sets up `data`, which does not exist yet; `part` is a folder of its own that the server's user may write to. */
  readonly make: (data: string, part: string, user: ServerUser) => Promise<void>;
}

/** Only whole templates get their name: it is made elsewhere and moved there at the end. */
export async function templateFolder(recipe: TemplateRecipe): Promise<string> {
  await mkdir(enginesCache, { recursive: true });
  const user = serverUser(enginesCache);
  const print = createHash('sha256').update(recipe.ingredients.join('\n')).digest('hex').slice(0, 8);
  const folder = `${enginesCache}/${recipe.engine}-template-${recipe.version}-${user.label}-${print}`;
  if (existsSync(folder)) return folder;
  await removeFoldersOfDead(enginesCache);
  const part = `${folder}.part-${process.pid}-${randomBytes(3).toString('hex')}`;
  try {
    await mkdir(part);
    await giveTo(user, part);
    await recipe.make(`${part}/data`, part, user);
    await rename(`${part}/data`, folder);
  } catch (thrown) {
    // Another process was faster: its template is as good.
    if (!existsSync(folder)) throw thrown;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return folder;
}

/** Shares the blocks where the file system can. */
export async function copyTemplate(template: string, data: string): Promise<void> {
  await runProgram('cp', ['-a', '--reflink=auto', template, data], { deadlineMs: 60_000 });
}

export async function giveTo(user: ServerUser, folder: string): Promise<void> {
  if (user.switchTo !== undefined) await chown(folder, user.switchTo.uid, user.switchTo.gid);
}
