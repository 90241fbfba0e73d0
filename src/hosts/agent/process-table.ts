/** The database server's process, as the kernel shows it under /proc. Reads there do not wait for any disk. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isKilled, stateOf, type Thread } from './thread-state.ts';

export interface ServerMarks {
  /** Names that its process may have. */
  readonly programs: readonly string[];
  /** Both engines' servers work in their data folder. */
  readonly dataFolder: string;
  readonly pidFile?: string;
}

/**
 * Undefined when there is no such process, or none that will ever do anything of its own again. A server whose threads
 * are still on their way out is not gone.
 */
export function processState(pid: number): 'runs' | 'frozen' | undefined {
  const state = readStat(`/proc/${pid}`)?.state;
  return state === undefined ? undefined : stateOf(state, () => threads(pid));
}

/** Whether this is the server. Where the kernel hides a process's folder from us, its own pid file must do. */
export function isServer(pid: number, { programs, dataFolder, pidFile }: ServerMarks): boolean {
  const name = readText(`/proc/${pid}/comm`)?.trim();
  if (name === undefined || !programs.includes(name)) return false;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === dataFolder;
  } catch (thrown) {
    return isRefused(thrown) && pidFile !== undefined && pidFrom(pidFile) === pid;
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

function readStat(folder: string): { readonly state: string } | undefined {
  const text = readText(`${folder}/stat`);
  // The name, in parentheses, may hold anything.
  const state = text?.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
  return state === undefined ? undefined : { state };
}

function threads(pid: number): readonly Thread[] {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).flatMap((id) => {
      const state = readStat(`${folder}/${id}`)?.state;
      return state === undefined ? [] : [{ state, killed: isKilled(readText(`${folder}/${id}/status`)) }];
    });
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const isRefused = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'EACCES' || thrown.code === 'EPERM');
