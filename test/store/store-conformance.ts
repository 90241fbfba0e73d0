/** What every store must do, whatever holds its data. Each adapter's test calls this with a way to open one. */
import { describe, it } from 'vitest';
import { commitCases } from './commit-cases.ts';
import { leaseCases } from './lease-cases.ts';
import { readCases } from './read-cases.ts';
import { agreesWithModel } from './store-model-agreement.ts';
import type { StoreUnderTest } from './store-under-test.ts';
import { watchCases } from './watch-cases.ts';

const groups = { reads: readCases, commits: commitCases, leases: leaseCases, watches: watchCases };

/** `open` gives an empty store each time. */
export function storeConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(`${group}`, () => {
        it.each(cases)('$behaviour', async ({ run }) => {
          const under = await open();
          try {
            await run(under);
          } finally {
            await under.dispose();
          }
        });
      });
    }
    it('answers, holds and tells what the model does', () => agreesWithModel(open));
  });
}
