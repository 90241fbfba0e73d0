/** A server's disk: whether writes to it get through, and how much of the server's log would outlive its machine. */
import type { Random } from './random.ts';
import type { LoggedTransaction, TransactionLog } from './transaction-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface DiskParts {
  readonly log: TransactionLog;
  readonly clock: VirtualClock;
  readonly random: Random;
}

/** What nobody asked to be synced, the operating system writes back after this. */
const writeBackMs: readonly [number, number] = [200, 1500];

export class DiskModel {
  readonly #parts: DiskParts;
  /** Commits wait, reads are answered. */
  stuck = false;
  /** sync_binlog */
  logSync = 1;
  /** How many of the log's transactions are on the disk. */
  #synced = 0;
  #writingBack = false;
  /** The log ends within a transaction: its machine crashed while that was written back. */
  torn = false;

  constructor(parts: DiskParts) {
    this.#parts = parts;
  }

  /** Each commit is on the disk before anybody is told of it. */
  get syncsEachCommit(): boolean {
    return this.logSync === 1;
  }

  set syncsEachCommit(each: boolean) {
    this.logSync = each ? 1 : 0;
  }

  /** Everything logged so far is on the disk now. */
  sync(): void {
    this.#synced = this.#parts.log.entries.length;
  }

  /** The log has grown. */
  logged(): void {
    if (this.syncsEachCommit) {
      this.sync();
      return;
    }
    if (this.#writingBack) return;
    this.#writingBack = true;
    const { clock, random, log } = this.#parts;
    const soFar = log.entries.length;
    clock.after(random.between(...writeBackMs), () => {
      this.#writingBack = false;
      if (!this.stuck) this.#synced = Math.max(this.#synced, Math.min(soFar, log.entries.length));
      if (this.#synced < log.entries.length) this.logged();
    });
  }

  /** The machine has crashed: what was only in memory is gone, and returned. */
  lose(): readonly LoggedTransaction[] {
    const { log, random } = this.#parts;
    const lost = log.entries.slice(this.#synced);
    this.torn = lost.length > 0 && random.chance(0.5);
    if (lost.length > 0) log.cutTo(this.#synced);
    return lost;
  }
}
