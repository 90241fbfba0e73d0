/** What lies in the store, as the invariants look at it: operations, their journals, and whose the cluster is. */
import type { JournalEntry, Operation } from '../core/operation.ts';
import type { Transaction, WatchEvent } from '../core/store.ts';

export interface StoreKeys {
  readonly operations: string;
  readonly journals: string;
  readonly leases: string;
}

export interface OperationRecord {
  operation: Operation;
  /** The plan's text as it was first written down. */
  readonly plan: string;
  readonly entries: JournalEntry[];
  readonly started: Set<string>;
  readonly done: Set<string>;
  readonly undoStarted: Set<string>;
  /** Steps whose beginning, or their undoing's, the store could not take when it was offered. */
  readonly refused: Set<string>;
}

export class StoreRecord {
  readonly #keys: StoreKeys;
  readonly operations = new Map<string, OperationRecord>();
  /** Operations whose plan was not the one first written down. */
  readonly changedPlans = new Set<string>();
  /** By holder: when it last had the lease; Infinity while it has it. */
  readonly #heldUntil = new Map<string, number>();
  #holder: string | undefined;

  constructor(keys: StoreKeys) {
    this.#keys = keys;
  }

  /** How long ago the holder lost the cluster; 0 while it has it; undefined when it never had it. */
  lostFor(holder: string, now: number): number | undefined {
    const until = this.#heldUntil.get(holder);
    return until === undefined ? undefined : Math.max(0, now - until);
  }

  take(transaction: Transaction): readonly JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (const write of transaction.writes) {
      if (!('put' in write)) continue;
      if (write.put.startsWith(this.#keys.operations)) this.#operation(JSON.parse(write.value) as Operation);
      if (write.put.startsWith(this.#keys.journals)) entries.push(JSON.parse(write.value) as JournalEntry);
    }
    for (const entry of entries) this.#entry(entry);
    return entries;
  }

  takeRefused(transaction: Transaction): void {
    for (const write of transaction.writes) {
      if (!('put' in write) || !write.put.startsWith(this.#keys.journals)) continue;
      const { operation, what } = JSON.parse(write.value) as JournalEntry;
      if (what.event === 'step-started' || what.event === 'undo-started') {
        this.operations.get(operation)?.refused.add(what.step);
      }
    }
  }

  takeLease(change: WatchEvent, now: number): void {
    if (change.kind === 'compacted') return;
    if (this.#holder !== undefined) this.#heldUntil.set(this.#holder, now);
    this.#holder = undefined;
    if (change.kind === 'delete' || !change.entry.key.startsWith(this.#keys.leases)) return;
    this.#holder = (JSON.parse(change.entry.value) as { holder: string }).holder;
    this.#heldUntil.set(this.#holder, Number.POSITIVE_INFINITY);
  }

  get last(): OperationRecord | undefined {
    return [...this.operations.values()].at(-1);
  }

  #operation(operation: Operation): void {
    const plan = canonical(operation.plan ?? null);
    const known = this.operations.get(operation.id);
    if (!known) {
      const sets = {
        started: new Set<string>(),
        done: new Set<string>(),
        undoStarted: new Set<string>(),
        refused: new Set<string>(),
      };
      const record: OperationRecord = { operation, plan, entries: [], ...sets };
      this.operations.set(operation.id, record);
      return;
    }
    if (known.plan !== plan) this.changedPlans.add(operation.id);
    known.operation = operation;
  }

  #entry(entry: JournalEntry): void {
    const record = this.operations.get(entry.operation);
    if (!record) return;
    record.entries.push(entry);
    if (entry.what.event === 'step-started') record.started.add(entry.what.step);
    if (entry.what.event === 'step-done') record.done.add(entry.what.step);
    if (entry.what.event === 'undo-started') record.undoStarted.add(entry.what.step);
  }
}

/** Equal values give equal texts, in whatever order their fields were written. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
