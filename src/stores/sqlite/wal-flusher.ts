/**
 * Brings committed transactions to the disk off the event loop: SQLite commits with synchronous=NORMAL, and
 * this flushes its write-ahead log, which is all that synchronous=FULL would add to a commit
 * (https://sqlite.org/pragma.html#pragma_synchronous). A slow disk then delays flushed commits and nothing
 * else, and commits that wait together share one flush.
 */
import { asFault } from '../../contract/errors.ts';

export class WalFlusher {
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failure: Error | undefined;

  /** `sync` resolves when everything written to the log before the call is on the disk. */
  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Resolves when every commit made before the call is on the disk. */
  flush(): Promise<void> {
    // A flush that already runs may have begun before the caller's commit: only the next one covers it.
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  /**
   * Throws once a flush has failed. The kernel drops pages it could not write and reports that once, so a
   * later flush that succeeds proves nothing about the earlier commits.
   */
  assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #afterRunning(): Promise<void> {
    // Its failure is told to those who wait for it, and kept in #failure.
    await this.#running?.catch(() => undefined);
    this.assertSound();
    this.#running = this.#next;
    this.#next = undefined;
    try {
      await this.#sync();
    } catch (thrown) {
      this.#failure = asFault(thrown);
      throw this.#failure;
    }
  }
}
