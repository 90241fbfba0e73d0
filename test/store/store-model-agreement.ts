/** Runs a store and the model side by side through random histories. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { CommitResult, Transaction, WatchEvent } from '../../src/core/store.ts';
import { anyPrefix, anyTransaction, StoreModel } from './store-model.ts';
import { type StoreUnderTest, take } from './store-under-test.ts';

/** What is looked at once the transactions are made. */
interface View {
  readonly prefix: string;
  readonly reverse: boolean;
  readonly fromRevision: number;
}

const anyHistory = fc.array(anyTransaction, { maxLength: 25 });
const anyView: fc.Arbitrary<View> = fc.record({
  prefix: anyPrefix,
  reverse: fc.boolean(),
  fromRevision: fc.nat({ max: 26 }),
});

export async function agreesWithModel(open: () => Promise<StoreUnderTest>): Promise<void> {
  const agrees = async (transactions: readonly Transaction[], view: View): Promise<void> => {
    const { store, dispose } = await open();
    try {
      const model = new StoreModel();
      for (const transaction of transactions) {
        expect(await store.commit(transaction)).toEqual(answer(model, transaction));
      }
      const { prefix, reverse, fromRevision } = view;
      const { entries, revision } = await store.range(prefix, { reverse });
      expect(revision).toBe(model.revision);
      expect(entries).toEqual(range(model, prefix, reverse));
      const events = model.events.filter(
        (event) => event.revision >= fromRevision && keyOf(event).startsWith(prefix),
      );
      expect(await take(store, prefix, fromRevision, events.length)).toEqual(events);
    } finally {
      await dispose();
    }
  };
  await fc.assert(fc.asyncProperty(anyHistory, anyView, agrees), { numRuns: 60 });
}

function answer(model: StoreModel, transaction: Transaction): CommitResult {
  const failed = model.commit(transaction);
  return failed === undefined ? { ok: true, revision: model.revision } : { ok: false, failed };
}

function keyOf(event: WatchEvent): string {
  if (event.kind === 'compacted') throw new Error('the model forgets nothing');
  return event.kind === 'put' ? event.entry.key : event.key;
}

function range(model: StoreModel, prefix: string, reverse: boolean): unknown[] {
  const entries = [...model.held]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, { value, created, modified }]) => ({
      key,
      value,
      createRevision: created,
      modRevision: modified,
    }))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  return reverse ? entries.toReversed() : entries;
}
