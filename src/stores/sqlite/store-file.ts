/** The store's file before SQLite sees it: private to the user, and on the disk with the folders it lies in. */
import { access, constants, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { storeUnavailable } from './faults.ts';
import type { WriteAheadLog } from './sqlite-store.ts';

/** Creates file and folders where they are missing. Those that exist keep the rights their owner gave them. */
export async function createFile(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  await createFolder(folder);
  if (await createExclusively(path)) await syncFolder(folder);
  // SQLite itself says no more than "unable to open" of a file system mounted read-only.
  await access(path, constants.R_OK | constants.W_OK);
  await access(folder, constants.W_OK);
}

/** Not `mkdir` with `recursive`: that reports a read-only file system as a missing folder. */
async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return;
    if (!hasCode(thrown, 'ENOENT') || path === dirname(path)) throw thrown;
    await createFolder(dirname(path));
    return createFolder(path);
  }
  // What is created survives a crash only when its folder's entry for it does.
  await syncFolder(dirname(path));
}

const hasCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code;

/**
 * False when the file exists. It is not opened then: closing a second handle on a file that SQLite has open
 * in this process would drop SQLite's locks on it (https://sqlite.org/howtocorrupt.html#posix_advisory_locks).
 */
async function createExclusively(path: string): Promise<boolean> {
  try {
    await using _ = await open(path, 'ax', 0o600);
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false;
    throw thrown;
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

/** The write-ahead log exists, and stays the same file, as long as a connection that has written is open. */
export async function openWriteAheadLog(path: string): Promise<WriteAheadLog> {
  const handle = await open(`${path}-wal`, 'r+');
  return {
    async sync() {
      const [{ nlink }] = await Promise.all([handle.stat(), handle.datasync()]);
      if (nlink === 0) throw storeUnavailable(path, 'removed');
    },
    close: () => handle.close(),
  };
}
