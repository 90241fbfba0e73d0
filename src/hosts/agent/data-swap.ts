/**
 * Puts a folder of new data in the place of the old one, which is kept beside it. The new data carries a mark until somebody
 * has proven it: a copy that is made again takes the place of the unproven one, and the old data stays where it is.
 */

import { existsSync, renameSync } from 'node:fs';
import { lchown, lstat, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../contract/errors.ts';

const asideOf = (dataFolder: string): string => `${dataFolder}.dauphin-old`;
const newOf = (dataFolder: string): string => `${dataFolder}.dauphin-new`;
const unprovenOf = (dataFolder: string): string => `${dataFolder}.dauphin-unproven`;
const markIn = (dataFolder: string): string => join(dataFolder, '.dauphin-copy');

const isUnproven = (dataFolder: string): boolean => existsSync(markIn(dataFolder));

/**
 * An empty folder on the same disk. What an earlier try left in it goes, and so does the old data of an earlier copy that
 * was proven: there need not be room for three.
 */
export async function makeRoom(dataFolder: string): Promise<string> {
  const folder = newOf(dataFolder);
  await remove(folder);
  await remove(unprovenOf(dataFolder));
  if (!isUnproven(dataFolder)) await remove(asideOf(dataFolder));
  const { mode } = await stat(dataFolder);
  await mkdir(folder, { mode: mode & 0o777 });
  return folder;
}

/** With the server down. Returns where the old data lies now. */
export async function swapData(dataFolder: string): Promise<string> {
  const [fresh, aside] = [newOf(dataFolder), asideOf(dataFolder)];
  const { uid, gid } = await stat(dataFolder);
  await writeFile(markIn(fresh), '');
  await giveTo(fresh, uid, gid);
  const again = isUnproven(dataFolder);
  await move(dataFolder, again ? unprovenOf(dataFolder) : aside);
  await rename(fresh, dataFolder);
  if (again) await remove(unprovenOf(dataFolder));
  return aside;
}

export interface OldData {
  readonly folder: string;
  /** On the disk; 0 when there is none. */
  readonly bytes: number;
}

/** The copy is proven. Returns what old data is left. */
export async function settleCopy(dataFolder: string, keepOldData: boolean): Promise<OldData> {
  const folder = asideOf(dataFolder);
  await remove(markIn(dataFolder));
  if (!keepOldData) await remove(folder);
  return { folder, bytes: await bytesIn(folder) };
}

/** Old data that goes when a copy is taken, bytes. */
export const spareBytes = async (dataFolder: string): Promise<number> =>
  isUnproven(dataFolder) ? bytesIn(dataFolder) : bytesIn(asideOf(dataFolder));

/** The machine, or the agent, stopped between two steps. */
export function undoHalfSwap(dataFolder: string): void {
  if (existsSync(dataFolder)) return;
  const left = [unprovenOf(dataFolder), asideOf(dataFolder)].find((folder) => existsSync(folder));
  if (left !== undefined) renameSync(left, dataFolder);
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

async function move(dataFolder: string, to: string): Promise<void> {
  try {
    await rename(dataFolder, to);
  } catch (thrown) {
    const why = `${dataFolder} cannot be moved aside: ${String(thrown)}`;
    throw new Fault('verification-failed', why, { cause: thrown });
  }
}

const blockBytes = 512;

async function bytesIn(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  let bytes = found.blocks * blockBytes;
  if (found.isDirectory()) for (const name of await readdir(path)) bytes += await bytesIn(join(path, name));
  return bytes;
}

/**
 * What belongs to whoever the agent runs as would be of no use to the server. A folder comes after what is in it: once it
 * is the server's, anything may lie there, also a link to a file of somebody else's.
 */
export async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) for (const name of await readdir(path)) await giveTo(join(path, name), uid, gid);
  if (found.uid !== uid || found.gid !== gid) await lchown(path, uid, gid);
}
