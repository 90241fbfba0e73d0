/** The database server's process, as the kernel shows it under /proc. Reads there do not wait for any disk. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isKilled, type ProcessState, stateOf, type Thread } from './thread-state.ts';

const gone = ['ENOENT', 'ESRCH'];
const refused = ['EACCES', 'EPERM'];

export interface ServerMarks {
  /** Names that its process may have. */
  readonly programs: readonly string[];
  /** Both engines' servers work in their data folder. */
  readonly dataFolder: string;
  readonly pidFile?: string;
}

/**
 * Undefined when there is no such process, or it has ended. A server whose threads are still on their way out is not
 * gone, and neither is one that the agent is kept from looking at.
 */
export function processState(pid: number): ProcessState | undefined {
  try {
    const state = stateIn(`/proc/${pid}`);
    return state === undefined ? undefined : stateOf(state, () => threads(pid));
  } catch {
    return isThere(pid) ? 'runs' : undefined;
  }
}

/** It has ended, and its parent has not taken notice: of its place and its files nothing is known any more. */
export const isUnreaped = (pid: number, programs: readonly string[]): boolean =>
  programs.includes(nameOf(pid) ?? '') && unless(refused, () => stateIn(`/proc/${pid}`)) === 'Z';

/** Whether this is the server. Where the kernel hides a process's folder from us, its own pid file must do. */
export function isServer(pid: number, { programs, dataFolder, pidFile }: ServerMarks): boolean {
  if (!programs.includes(nameOf(pid) ?? '')) return false;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === dataFolder;
  } catch (thrown) {
    return isCode(thrown, refused) && pidFile !== undefined && pidFrom(pidFile) === pid;
  }
}

export function pidFrom(file: string): number | undefined {
  const pid = Number(readText(file)?.trim());
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

export function allPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Throws for any other reason: without file descriptors left no process would be the server. */
const nameOf = (pid: number): string | undefined =>
  unless([...gone, ...refused], () => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.trim();

/** The letter of a process or thread; undefined when there is none. Throws when it may not be read. */
function stateIn(folder: string): string | undefined {
  const text = unless(gone, () => readFileSync(`${folder}/stat`, 'utf8'));
  // The name, in parentheses, may hold anything.
  return text?.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
}

/** Throws when they may not be read: of no thread at all one could believe that none runs. */
function threads(pid: number): readonly Thread[] {
  const folder = `/proc/${pid}/task`;
  return (unless(gone, () => readdirSync(folder)) ?? []).flatMap((id) => {
    const state = stateIn(`${folder}/${id}`);
    return state === undefined ? [] : [{ state, killed: isKilled(readText(`${folder}/${id}/status`)) }];
  });
}

function unless<T>(codes: readonly string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (isCode(thrown, codes)) return undefined;
    throw thrown;
  }
}

/** What kill(2) says of it needs neither a file nor a right. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return !isCode(thrown, gone);
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const isCode = (thrown: unknown, codes: readonly string[]): boolean =>
  thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code));
