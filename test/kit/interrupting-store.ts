/**
 * A store that lets a test step in at an exact line of an operation's journal: before it is committed (the
 * effect it announces has not begun) or after.
 */
import type { JournalEntry, JournalEvent } from '../../src/core/operation.ts';
import type { Store, Transaction } from '../../src/core/store.ts';

export interface Interruption {
  readonly when: 'before' | 'after';
  /** The commit waits for it. */
  run(what: JournalEvent): Promise<void>;
}

export function interruptingStore(store: Store, interruption: Interruption): Store {
  return {
    ...boundTo(store),
    commit: async (transaction) => {
      const lines = journalLines(transaction);
      if (interruption.when === 'before') for (const line of lines) await interruption.run(line.what);
      const answer = await store.commit(transaction);
      if (interruption.when === 'after') for (const line of lines) await interruption.run(line.what);
      return answer;
    },
  };
}

function journalLines(transaction: Transaction): readonly JournalEntry[] {
  return transaction.writes.flatMap((write) =>
    'put' in write && write.put.startsWith('/journal/') ? [JSON.parse(write.value) as JournalEntry] : [],
  );
}

function boundTo(store: Store): Store {
  return {
    get: (key) => store.get(key),
    range: (prefix, options) => store.range(prefix, options),
    commit: (transaction) => store.commit(transaction),
    grantLease: (ttlMs) => store.grantLease(ttlMs),
    keepAlive: (lease) => store.keepAlive(lease),
    revokeLease: (lease) => store.revokeLease(lease),
    watch: (prefix, fromRevision, signal) => store.watch(prefix, fromRevision, signal),
    close: () => store.close(),
  };
}

/** Runs `act` once, at the first line that says a step of this name (`follow:db3`, or `follow`) starts. */
export function atStep(step: string, act: () => Promise<void>): Interruption {
  let done = false;
  return {
    when: 'after',
    run: async (what) => {
      if (done || what.event !== 'step-started') return;
      if (what.step !== step && what.step.split(':')[0] !== step) return;
      done = true;
      await act();
    },
  };
}
