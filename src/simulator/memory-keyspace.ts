/** Entries in key order and the changes made to them, for the memory store. Knows no time and no leases. */
import type { Entry, LeaseId, RangeOptions, Revision, WatchEvent } from '../core/store.ts';
import { keyIndex } from './key-order.ts';

export type Change = Exclude<WatchEvent, { readonly kind: 'compacted' }>;

const keyOf = (change: Change): string => (change.kind === 'put' ? change.entry.key : change.key);

export class MemoryKeyspace {
  readonly #historyLimit: number;
  readonly #entries: Map<string, Entry> = new Map();
  readonly #keys: string[] = [];
  #revision: Revision = 0;
  #history: Change[] = [];
  /** Changes before the first one held. */
  #forgotten = 0;
  #forgottenRevision: Revision = 0;

  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  get revision(): Revision {
    return this.#revision;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  range(prefix: string, options: RangeOptions): readonly Entry[] {
    const first = keyIndex(this.#keys, prefix);
    let end = first;
    while (this.#keys[end]?.startsWith(prefix) === true) end += 1;
    const keys = this.#keys.slice(first, end);
    if (options.reverse === true) keys.reverse();
    return keys.slice(0, options.limit).flatMap((key) => this.#entries.get(key) ?? []);
  }

  keysOf(lease: LeaseId): readonly string[] {
    return this.#keys.filter((key) => this.#entries.get(key)?.lease === lease);
  }

  put(key: string, value: string, revision: Revision, lease: LeaseId | undefined): void {
    const old = this.#entries.get(key);
    if (old === undefined) this.#keys.splice(keyIndex(this.#keys, key), 0, key);
    const createRevision = old?.createRevision ?? revision;
    const entry: Entry = {
      key,
      value,
      createRevision,
      modRevision: revision,
      ...(lease === undefined ? {} : { lease }),
    };
    this.#entries.set(key, entry);
    this.#record({ kind: 'put', revision, entry });
  }

  delete(key: string, revision: Revision): void {
    if (!this.#entries.delete(key)) return;
    this.#keys.splice(keyIndex(this.#keys, key), 1);
    this.#record({ kind: 'delete', revision, key });
  }

  /** The number of the first change of `revision` or a later one; undefined when the history has lost some of it. */
  positionOf(revision: Revision): number | undefined {
    if (revision <= this.#forgottenRevision && this.#forgotten > 0) return undefined;
    const index = this.#history.findIndex((change) => change.revision >= revision);
    return this.#forgotten + (index === -1 ? this.#history.length : index);
  }

  /** The first change under `prefix` at `position` or after it, and the position behind it. */
  changeAt(position: number, prefix: string): { change?: Change; next: number } | { lost: Revision } {
    if (position < this.#forgotten) return { lost: this.#forgottenRevision + 1 };
    for (let index = position - this.#forgotten; index < this.#history.length; index += 1) {
      const change = this.#history[index];
      if (change !== undefined && keyOf(change).startsWith(prefix))
        return { change, next: this.#forgotten + index + 1 };
    }
    return { next: this.#forgotten + this.#history.length };
  }

  get oldestHeldRevision(): Revision {
    return this.#forgottenRevision + 1;
  }

  #record(change: Change): void {
    this.#revision = change.revision;
    this.#history.push(change);
    // Dropping half as many again at a time keeps the cost of a change constant.
    if (this.#history.length < this.#historyLimit * 1.5) return;
    const dropped = this.#history.length - this.#historyLimit;
    this.#forgottenRevision = this.#history[dropped - 1]?.revision ?? this.#forgottenRevision;
    this.#history = this.#history.slice(dropped);
    this.#forgotten += dropped;
  }
}
