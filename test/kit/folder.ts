/** A folder for one run's servers, gone when the run is over. `DAUPHIN_KEEP=1` leaves it for looking at. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { runsFolder } from './project.ts';

/** A unix socket's path has 108 bytes, and HAProxy appends to it while it binds; names within the folder need 60. */
const LONGEST_ROOT = 45;
const KEPT = '.kept';

export class WorkFolder implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(name: string): string {
    return `${this.path}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (process.env.DAUPHIN_KEEP === '1') {
      await writeFile(this.file(KEPT), '');
      console.error(`kept: ${this.path}`);
      return;
    }
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** `name` says whose it is. Also removes what runs that are dead have left in the same root. */
export async function createWorkFolder(name: string, root = defaultRoot()): Promise<WorkFolder> {
  await mkdir(root, { recursive: true });
  await removeFoldersOfDead(root);
  const path = `${root}/${name}-${process.pid}-${randomBytes(3).toString('hex')}`;
  await mkdir(path);
  return new WorkFolder(path);
}

function defaultRoot(): string {
  return runsFolder.length <= LONGEST_ROOT ? runsFolder : `${tmpdir()}/dauphin-run`;
}

/** Folders are named `<anything>-<pid>-<random>`, templates in the making `<anything>.part-<pid>-<random>`. */
export async function removeFoldersOfDead(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    const pid = Number(/-(\d+)-[0-9a-f]{6}$/.exec(entry)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid) || existsSync(`${root}/${entry}/${KEPT}`)) continue;
    // What is still mounted there is another run's misfortune, not a reason for this one to fail.
    await rm(`${root}/${entry}`, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(
      (thrown: unknown) => console.error(`left: ${root}/${entry}: ${String(thrown)}`),
    );
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
