/** What the store port's transactions mean, for the stores that evaluate them themselves. */
import type { Compare, Entry, Transaction } from './store.ts';

/** `entry`: what the compare's key holds now. */
export function compareHolds(compare: Compare, entry: Entry | undefined): boolean {
  switch (compare.is) {
    case 'absent':
      return entry === undefined;
    case 'present':
      return entry !== undefined;
    case 'mod-revision':
      return entry?.modRevision === compare.revision;
    case 'create-revision':
      return entry?.createRevision === compare.revision;
    default:
      return compare satisfies never;
  }
}

/** A key that is written twice: stores differ in what that would mean, so all of them refuse it. */
export function keyWrittenTwice(transaction: Transaction): string | undefined {
  const seen = new Set<string>();
  for (const write of transaction.writes) {
    const key = 'put' in write ? write.put : write.delete;
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return undefined;
}
