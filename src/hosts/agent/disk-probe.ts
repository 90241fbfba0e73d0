/** Do small writes beside the data reach the disk: a stalled disk leaves a server that still answers reads. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';

/** Far above what a busy disk takes, far below what a person would wait. */
const stuckAfterMs = 500;

const ours = ['EACCES', 'EPERM', 'ENOENT', 'EMFILE', 'ENFILE', 'ELOOP', 'ENXIO'];

/**
 * The folder is the server's: what lies at this name may have been put there to lead an agent of more rights to a file
 * elsewhere, or to a pipe that holds it up (open(2)).
 */
const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;

/** A write that hangs holds a thread of the process, so there is never more than one under way. */
export class DiskProbe {
  readonly #file: string;
  readonly #clock: Clock;
  #pending: { readonly done: Promise<boolean>; readonly since: number } | undefined;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Also false when the disk is full, read-only or failing. Who asks again while one write hangs is told at once. */
  async writes(): Promise<boolean> {
    this.#pending ??= {
      since: this.#clock.monotonic(),
      done: writeThrough(this.#file).finally(() => {
        this.#pending = undefined;
      }),
    };
    const { done, since } = this.#pending;
    const leftMs = Math.max(0, since + stuckAfterMs - this.#clock.monotonic());
    const tired = new AbortController();
    const late = this.#clock.sleep(leftMs, tired.signal).then(
      () => false,
      () => false,
    );
    try {
      return await Promise.race([done, late]);
    } finally {
      tired.abort();
    }
  }
}

async function writeThrough(path: string): Promise<boolean> {
  try {
    const file = await open(path, flags, 0o600);
    try {
      await file.write('dauphin\n');
      await file.datasync();
    } finally {
      await file.close();
    }
    return true;
  } catch (thrown) {
    // What the agent may not do says nothing of the disk.
    return thrown instanceof Error && 'code' in thrown && ours.includes(String(thrown.code));
  }
}
