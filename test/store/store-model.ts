/** The store port said once more, as simply as can be: what every store is compared with. Has no leases. */
import fc from 'fast-check';
import type { Compare, Revision, Transaction, WatchEvent, Write } from '../../src/core/store.ts';

interface Held {
  readonly value: string;
  readonly created: Revision;
  readonly modified: Revision;
}

export class StoreModel {
  readonly held: Map<string, Held> = new Map();
  readonly events: WatchEvent[] = [];
  revision: Revision = 0;

  /** The compare that fails, or undefined after the writes are made. */
  commit({ compare = [], writes }: Transaction): Compare | undefined {
    const failed = compare.find((one) => !this.#holds(one));
    if (failed !== undefined) return failed;
    const next = this.revision + 1;
    for (const write of writes) {
      if (this.#write(write, next)) this.revision = next;
    }
    return undefined;
  }

  #holds(compare: Compare): boolean {
    const held = this.held.get(compare.key);
    if (compare.is === 'absent') return !held;
    if (compare.is === 'present') return Boolean(held);
    return (compare.is === 'mod-revision' ? held?.modified : held?.created) === compare.revision;
  }

  #write(write: Write, revision: Revision): boolean {
    if ('delete' in write) {
      const existed = this.held.delete(write.delete);
      if (existed) this.events.push({ kind: 'delete', revision, key: write.delete });
      return existed;
    }
    const { put: key, value } = write;
    const createRevision = this.held.get(key)?.created ?? revision;
    this.held.set(key, { value, created: createRevision, modified: revision });
    this.events.push({ kind: 'put', revision, entry: { key, value, createRevision, modRevision: revision } });
    return true;
  }
}

/** Few keys, so that they meet; among them neighbours, prefixes of others, and both ends of Unicode. */
const keys = [
  'a',
  'a/',
  'a/1',
  'a/1/x',
  'a0',
  'b',
  'é',
  '\u{ffff}',
  '\u{10000}',
  '\u{10ffff}',
  '\u{10ffff}1',
];
const key = fc.constantFrom(...keys);
export const anyPrefix: fc.Arbitrary<string> = fc.constantFrom('', ...keys);

const anyCompare: fc.Arbitrary<Compare> = fc.oneof(
  fc.record({ key, is: fc.constantFrom('absent' as const, 'present' as const) }),
  fc.record({
    key,
    is: fc.constantFrom('mod-revision' as const, 'create-revision' as const),
    revision: fc.integer({ min: 1, max: 12 }),
  }),
);

const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ put: key, value: fc.string({ unit: 'grapheme', maxLength: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ delete: key }) },
);

export const anyTransaction: fc.Arbitrary<Transaction> = fc.record({
  compare: fc.array(anyCompare, { maxLength: 2 }),
  writes: fc.uniqueArray(anyWrite, {
    maxLength: 4,
    selector: (write) => ('put' in write ? write.put : write.delete),
  }),
  durability: fc.constantFrom('flushed' as const, 'buffered' as const),
});
