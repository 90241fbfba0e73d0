/** Translates what SQLite and the file system say into Fault `store-unavailable`, in words a DBA acts on. */
import { Fault } from '../../contract/errors.ts';

const troubles = {
  'disk-full': 'disk full: no space (or quota) is left on its file system',
  'read-only': 'it is read-only: the file system is mounted read-only, or this user may not write the file',
  'no-permission': 'permission denied: the user that runs Dauphin must own the file and its folder',
  'cannot-open':
    'it cannot be opened: a folder on the way to it is a file, it is a folder itself, or no file handle is left',
  'io-error': 'the disk reports an input/output error; see the kernel log',
  locked: 'another process holds its write lock; is a sqlite3 shell or a second controller open on it?',
  damaged: 'the file is damaged; restore it from a backup',
  'not-a-store': 'the file is not a Dauphin store',
  'newer-schema': 'it was written by a newer Dauphin',
  'flush-failed':
    'the disk failed to flush a write; what was acknowledged before is safe, restart the controller',
  'flush-slow': 'the disk has not confirmed a write in time; whether it happened is not known',
  removed: 'the file was removed while in use; stop the controller and restore the file',
  closed: 'it is closed',
} as const;

export type Trouble = keyof typeof troubles;

export function storeUnavailable(
  path: string,
  trouble: Trouble,
  more: { cause?: unknown; note?: string } = {},
): Fault {
  const note = more.note === undefined ? '' : ` (${more.note})`;
  return new Fault('store-unavailable', `The store ${path} is unavailable: ${troubles[trouble]}${note}.`, {
    cause: more.cause,
    details: { path, reason: trouble },
  });
}

/** By primary result code, https://sqlite.org/rescode.html. What is not here is a defect of ours and passes as it is. */
const byResultCode: Readonly<Record<number, Trouble>> = {
  3: 'no-permission',
  5: 'locked',
  6: 'locked',
  8: 'read-only',
  10: 'io-error',
  11: 'damaged',
  13: 'disk-full',
  14: 'cannot-open',
  15: 'locked',
  26: 'not-a-store',
};

/** The exceptions to it, by extended code. */
const byExtendedCode: Readonly<Record<number, Trouble>> = {
  /** SQLITE_IOERR_SHMSIZE: the `-shm` file could not grow, which is how a full disk shows at opening. */
  4874: 'disk-full',
  /** SQLITE_READONLY_DBMOVED. */
  1032: 'removed',
};

const byErrno: Readonly<Record<string, Trouble>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'read-only',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  EIO: 'io-error',
  ENOENT: 'cannot-open',
  ENOTDIR: 'cannot-open',
  EISDIR: 'cannot-open',
  EEXIST: 'cannot-open',
  EMFILE: 'cannot-open',
  ENFILE: 'cannot-open',
};

function troubleOf(thrown: Error): Trouble | undefined {
  if ('errcode' in thrown && typeof thrown.errcode === 'number') {
    return byExtendedCode[thrown.errcode] ?? byResultCode[thrown.errcode & 0xff];
  }
  return 'code' in thrown && typeof thrown.code === 'string' ? byErrno[thrown.code] : undefined;
}

/** The Fault for what SQLite or the file system threw; anything else comes back unchanged. */
export function translate(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof Fault) return thrown;
  const trouble = troubleOf(thrown);
  return trouble === undefined
    ? thrown
    : storeUnavailable(path, trouble, { cause: thrown, note: thrown.message });
}

export function isTrouble(thrown: unknown, trouble?: Trouble): boolean {
  if (!(thrown instanceof Fault) || thrown.code !== 'store-unavailable') return false;
  return trouble === undefined || thrown.details.reason === trouble;
}
