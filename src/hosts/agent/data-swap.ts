/**
 * Puts a folder of new data in the place of the old one, which is kept beside it. The new data carries a mark until somebody
 * has proven it: a copy that is made again takes the place of the unproven one, and the old data stays where it is.
 */

import { existsSync, renameSync } from 'node:fs';
import {
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../../contract/errors.ts';
import type { UnprovenCopy } from '../../core/host.ts';
import { type Position, position } from '../../core/positions.ts';

const asideOf = (dataFolder: string): string => `${dataFolder}.dauphin-old`;
const newOf = (dataFolder: string): string => `${dataFolder}.dauphin-new`;
const unprovenOf = (dataFolder: string): string => `${dataFolder}.dauphin-unproven`;
/** What begins with this was discarded, and is being removed. */
const discardedOf = (dataFolder: string): string => `${dataFolder}.dauphin-gone-`;
const markIn = (dataFolder: string): string => join(dataFolder, '.dauphin-copy');

const isUnproven = (dataFolder: string): boolean => existsSync(markIn(dataFolder));

/**
 * An empty folder on the same disk. What an earlier try left in it goes, and so does the old data of an earlier copy that
 * was proven: there need not be room for three.
 */
export async function makeRoom(dataFolder: string, signal: AbortSignal): Promise<string> {
  // Nothing is removed before it is sure that the server has data: what lies beside it may be all there is.
  requireData(dataFolder);
  const { mode } = await stat(dataFolder);
  const folder = newOf(dataFolder);
  const proven = isUnproven(dataFolder) ? [] : [asideOf(dataFolder)];
  for (const path of [folder, unprovenOf(dataFolder), ...proven]) {
    signal.throwIfAborted();
    await remove(path);
  }
  await sweep(dataFolder);
  signal.throwIfAborted();
  await mkdir(folder, { mode: mode & 0o777 });
  return folder;
}

/** What is in `fresh` is marked as unproven, with what it holds, and is the server's own. */
export async function handOver(
  fresh: string,
  dataFolder: string,
  holds: Position,
  signal: AbortSignal,
): Promise<void> {
  const { uid, gid } = await stat(dataFolder);
  await writeFile(markIn(fresh), holds, { flush: true });
  await giveTo(fresh, { uid, gid }, signal);
}

/** With the server down. Returns where the old data lies now. */
export async function swapData(dataFolder: string): Promise<string> {
  const aside = asideOf(dataFolder);
  await move(dataFolder, isUnproven(dataFolder) ? unprovenOf(dataFolder) : aside);
  try {
    await rename(newOf(dataFolder), dataFolder);
  } catch (thrown) {
    undoHalfSwap(dataFolder);
    throw thrown;
  }
  await discard(dataFolder, unprovenOf(dataFolder));
  return aside;
}

/** Nothing where there is none, or where it is proven. */
export async function unprovenCopy(dataFolder: string): Promise<UnprovenCopy> {
  const holds = await readFile(markIn(dataFolder), 'utf8').catch(orGone);
  return holds === undefined ? {} : { position: position(holds) };
}

export interface OldData {
  readonly folder: string;
  /** On the disk; 0 when there is none. */
  readonly bytes: number;
}

/** The copy is proven. Returns what old data is left. */
export async function settleCopy(
  dataFolder: string,
  keepOldData: boolean,
  signal: AbortSignal,
): Promise<OldData> {
  const folder = asideOf(dataFolder);
  await remove(markIn(dataFolder));
  if (keepOldData) return { folder, bytes: await bytesIn(folder, signal) };
  await discard(dataFolder, folder);
  return { folder, bytes: 0 };
}

/** Old data that goes when a copy is taken, bytes. */
export async function spareBytes(dataFolder: string, signal: AbortSignal): Promise<number> {
  let bytes = await bytesIn(isUnproven(dataFolder) ? dataFolder : asideOf(dataFolder), signal);
  for (const path of await discarded(dataFolder)) bytes += await bytesIn(path, signal);
  return bytes;
}

/** Where the machine, or the agent, stopped in the middle of a swap the old data goes back. Throws `config-invalid`. */
export function requireData(dataFolder: string): void {
  undoHalfSwap(dataFolder);
  if (!existsSync(dataFolder))
    throw new Fault('config-invalid', `server.dataFolder: there is no ${dataFolder}`);
}

function undoHalfSwap(dataFolder: string): void {
  if (existsSync(dataFolder)) return;
  const left = [unprovenOf(dataFolder), asideOf(dataFolder)].find((folder) => existsSync(folder));
  if (left !== undefined) renameSync(left, dataFolder);
}

/** Removes what was discarded. It takes as long as its files are many; what it leaves goes with the next sweep. */
export async function sweep(dataFolder: string): Promise<void> {
  for (const path of await discarded(dataFolder)) await remove(path);
}

async function discarded(dataFolder: string): Promise<readonly string[]> {
  const prefix = basename(discardedOf(dataFolder));
  const folder = dirname(dataFolder);
  const names = await readdir(folder);
  return names.filter((name) => name.startsWith(prefix)).map((name) => join(folder, name));
}

/** It is out of the way when this returns, and gone some time later. */
async function discard(dataFolder: string, path: string): Promise<void> {
  if (!existsSync(path)) return;
  await rename(path, await mkdtemp(discardedOf(dataFolder)));
  sweep(dataFolder).catch(() => undefined);
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

/** Of a folder that others may change meanwhile. */
async function bytesIn(path: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const found = await lstat(path).catch(orGone);
  if (found === undefined) return 0;
  let bytes = found.blocks * blockBytes;
  if (found.isDirectory())
    for (const name of (await readdir(path).catch(orGone)) ?? [])
      bytes += await bytesIn(join(path, name), signal);
  return bytes;
}

function orGone(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return;
  throw thrown;
}

/**
 * What belongs to whoever the agent runs as would be of no use to the server. A folder comes after what is in it: once it
 * is the server's, anything may lie there, also a link to a file of somebody else's.
 */
export async function giveTo(
  path: string,
  owner: { readonly uid: number; readonly gid: number },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const found = await lstat(path);
  if (found.isDirectory())
    for (const name of await readdir(path)) await giveTo(join(path, name), owner, signal);
  if (found.uid !== owner.uid || found.gid !== owner.gid) await lchown(path, owner.uid, owner.gid);
}
