/** The demo's own folder: what its controller was told and has written. One demo at a time lives in it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isAlive } from '../test/kit/folder.ts';

export interface Home extends AsyncDisposable {
  readonly folder: string;
}

/** Left by the last demo, and not for the next: the servers it speaks of are gone. */
const STALE = ['data', 'dauphin.yaml', 'controller.log'];

export async function moveIn(folder: string): Promise<Home> {
  const running = `${folder}/pid`;
  await mkdir(folder, { recursive: true });
  const other = Number(await readFile(running, 'utf8').catch(() => Number.NaN));
  if (Number.isInteger(other) && other !== process.pid && (await isDemo(other))) {
    throw new Error(`a demo is running already in ${folder} (pid ${other}): end it, or give --folder`);
  }
  for (const name of STALE) await rm(`${folder}/${name}`, { recursive: true, force: true });
  await writeFile(running, String(process.pid));
  return { folder, [Symbol.asyncDispose]: () => rm(running, { force: true }) };
}

/** A process id may have gone to another program since. */
async function isDemo(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes('demo/main');
}
