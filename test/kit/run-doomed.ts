/** Runs a controller that kills itself in the middle of an operation. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Doom } from './doomed-controller-process.ts';

/** Throws when it ended in any other way. */
export async function runDoomed(doom: Doom): Promise<void> {
  const script = fileURLToPath(new URL('./doomed-controller-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(doom)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error('the controller was not killed where it should have been');
}
