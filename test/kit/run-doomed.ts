/** Runs a controller that kills itself in the middle of an operation. */

import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import type { Doom } from './doomed-controller-process.ts';

/** Above the bound that it has itself. */
const DEADLINE_MS = 100_000;

/** Throws when it ended in any other way. */
export async function runDoomed(doom: Doom): Promise<void> {
  const script = fileURLToPath(new URL('./doomed-controller-process.ts', import.meta.url));
  await using child = await Child.start({
    name: 'the doomed controller',
    command: process.execPath,
    args: [script, JSON.stringify(doom)],
    logFile: `${doom.storePath}.doomed.log`,
  });
  const { signal, code } = await child.awaitExit(DEADLINE_MS);
  if (signal === 'SIGKILL') return;
  const words = await child.logTail();
  throw new Error(`the controller was not killed where it should have been: status ${code}: ${words}`);
}
