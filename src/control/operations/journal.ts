/**
 * The journal of one operation. An entry is committed only under the cluster's lease. In the short stretch
 * where writers wait, entries are handed to the operating system and flushed with the next one that is not.
 */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { OperationId } from '../../core/identity.ts';
import type { JournalEntry, JournalEvent } from '../../core/operation.ts';
import type { Compare, Durability, Store, Write } from '../../core/store.ts';
import { keys } from './keys.ts';

export class Journal {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #guard: Compare;
  readonly operation: OperationId;
  #next: number;
  /** Entries that the store could not take yet; they go with the next one. */
  #unwritten: JournalEntry[] = [];

  constructor(parts: { store: Store; clock: Clock; guard: Compare; operation: OperationId; next: number }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#guard = parts.guard;
    this.operation = parts.operation;
    this.#next = parts.next;
  }

  /** Throws `lease-lost`, or `store-unavailable` when it is not on record. */
  async write(
    what: JournalEvent,
    durability: Durability = 'flushed',
    also: readonly Write[] = [],
  ): Promise<void> {
    await this.#put(this.#entry(what), durability, also);
  }

  /**
   * For what has to be done even when the store is full or gone: putting a cluster back, or carrying a promotion
   * on. The entry is kept and written with the next; a lost lease is still thrown.
   */
  async note(what: JournalEvent, durability: Durability = 'flushed'): Promise<void> {
    const entry = this.#entry(what);
    try {
      await this.#put(entry, durability, []);
    } catch (thrown) {
      if (asFault(thrown).code !== 'store-unavailable') throw thrown;
      this.#unwritten.push(entry);
    }
  }

  #entry(what: JournalEvent): JournalEntry {
    const sequence = this.#next;
    this.#next += 1;
    return { operation: this.operation, sequence, at: this.#clock.now(), what };
  }

  /** Steps run side by side: what is kept for later may grow while this commit is under way. */
  async #put(entry: JournalEntry, durability: Durability, also: readonly Write[]): Promise<void> {
    const earlier = [...this.#unwritten];
    await this.#commit([...earlier, entry], durability, also);
    this.#unwritten = this.#unwritten.filter((each) => !earlier.includes(each));
  }

  async #commit(
    entries: readonly JournalEntry[],
    durability: Durability,
    also: readonly Write[],
  ): Promise<void> {
    const writes = entries.map((entry) => ({
      put: keys.journalEntry(entry.operation, entry.sequence),
      value: JSON.stringify(entry),
    }));
    const answer = await this.#store.commit({
      compare: [this.#guard],
      writes: [...writes, ...also],
      durability,
    });
    if (!answer.ok) {
      throw new Fault(
        'lease-lost',
        `operation ${this.operation}: another controller has taken the cluster over`,
      );
    }
  }
}
