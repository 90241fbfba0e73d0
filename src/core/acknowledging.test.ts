import { expect, it } from 'vitest';
import { acknowledgingAfter, noneCameAfter } from './acknowledging.ts';
import type { Observation } from './observation.ts';
import { cluster, nodeNamed, testTime } from './testing/cluster-builder.ts';
import type { Acknowledging } from './topology.ts';

/** A look at db3, so many milliseconds before the test's time. */
function look(msAgo: number, replicaActive: boolean, source = 'db1'): Observation {
  const semiSync = { replicaEnabled: true, replicaActive };
  const built = cluster()
    .primary('db1')
    .replica('db2')
    .replica('db3', { source, semiSync, seenMsAgo: msAgo });
  const { seen } = nodeNamed(built.topology(), 'db3');
  if (!seen) throw new Error('db3 was seen');
  return seen;
}

const after = (...looks: readonly Observation[]): Acknowledging | undefined =>
  looks.reduce<{ known?: Acknowledging; last?: Observation }>(({ known, last }, now) => {
    const next = acknowledgingAfter(known, last, now);
    return { ...(next === undefined ? {} : { known: next }), last: now };
  }, {}).known;

it.each<[string, readonly Observation[], Acknowledging | undefined]>([
  ['nothing of one that was never connected', [look(5, false)], undefined],
  ['the first look of the run', [look(5, true), look(4, true)], { since: testTime - 5 }],
  [
    'the look that ended it, and not those after that',
    [look(5, true), look(4, false), look(3, false)],
    { since: testTime - 5, until: testTime - 4 },
  ],
  [
    'the run before beside a new one',
    [look(5, true), look(4, false), look(3, true)],
    { since: testTime - 3, earlier: { since: testTime - 5, until: testTime - 4 } },
  ],
  [
    'no run with another source',
    [look(5, true), look(4, false, 'db2'), look(3, true)],
    { since: testTime - 3 },
  ],
  ['a run with each source', [look(5, true), look(4, true, 'db2')], { since: testTime - 4 }],
])('remembers %s', (_what, looks, known) => {
  expect(after(...looks)).toEqual(known);
});

it.each<[string, readonly number[], number]>([
  ['the first look', [2], 0],
  ['a look that saw as many as the one before', [2, 2, 2], 0],
  ['a look that saw more', [1, 2, 2], 1],
  ['before a look that saw fewer', [2, 2, 1], 0],
])('no replica has come to a source since %s', (_what, counts, since) => {
  const looks = counts.map((connectedReplicas, at) => {
    const { seen } = nodeNamed(
      cluster()
        .primary('db1', { semiSync: { sourceEnabled: true, connectedReplicas }, seenMsAgo: 9 - at })
        .topology(),
      'db1',
    );
    if (!seen) throw new Error('db1 was seen');
    return seen;
  });
  const known = looks.reduce<number | undefined>(
    (before, now, at) => noneCameAfter(before, looks[at - 1], now),
    undefined,
  );
  expect(known).toBe(testTime - 9 + since);
});
