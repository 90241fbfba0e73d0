/** Puts a folder of new data in the place of the old one, which is kept beside it. */

import { existsSync, renameSync } from 'node:fs';
import { chown, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../contract/errors.ts';

const asideOf = (dataFolder: string): string => `${dataFolder}.dauphin-old`;
const newOf = (dataFolder: string): string => `${dataFolder}.dauphin-new`;

/** An empty folder on the same disk. What an earlier try left in it goes. */
export async function makeRoom(dataFolder: string): Promise<string> {
  const folder = newOf(dataFolder);
  await rm(folder, { recursive: true, force: true });
  const { mode } = await stat(dataFolder);
  await mkdir(folder, { mode: mode & 0o777 });
  return folder;
}

/** With the server down. Returns where the old data lies now; still older data there goes. */
export async function swapData(dataFolder: string): Promise<string> {
  const [fresh, aside] = [newOf(dataFolder), asideOf(dataFolder)];
  const { uid, gid } = await stat(dataFolder);
  await giveTo(fresh, uid, gid);
  await rm(aside, { recursive: true, force: true });
  try {
    await rename(dataFolder, aside);
  } catch (thrown) {
    const why = `${dataFolder} cannot be moved aside: ${String(thrown)}`;
    throw new Fault('verification-failed', why, { cause: thrown });
  }
  await rename(fresh, dataFolder);
  return aside;
}

/** The machine, or the agent, stopped between the two steps. */
export function undoHalfSwap(dataFolder: string): void {
  if (!existsSync(dataFolder) && existsSync(asideOf(dataFolder))) renameSync(asideOf(dataFolder), dataFolder);
}

/** What belongs to whoever the agent runs as would be of no use to the server. */
async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  const found = await lstat(path);
  if (found.uid !== uid || found.gid !== gid) await chown(path, uid, gid);
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) await giveTo(join(path, name), uid, gid);
}
