import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('long-transaction', builder);
const open = (...seconds: readonly number[]) => ({
  longTransactions: seconds.map((count, index) => ({
    sessionId: 40 + index,
    user: 'report',
    seconds: count,
  })),
});
const healthy = cluster('orders').primary('db1').replica('db2');

test('short ones are no matter; the limit is the policy’s', () => {
  const short = healthy.with('db1', open(59));
  expect(found(healthy)).toEqual([]);
  expect(found(short)).toEqual([]);
  expect(findingsOfCode('long-transaction', short, short.policy({ longTransactionSeconds: 59 })).length).toBe(
    1,
  );
});

test('long ones on the primary are told once, with the longest', () => {
  expect(found(healthy.with('db1', open(60, 300, 59)))).toMatchObject([
    {
      server: 'db1',
      severity: 'notice',
      summary: 'db1 has 2 long transactions; the longest is of report, session 41, open for 300 s',
      evidence: { count: 2, seconds: 300, user: 'report', sessionId: 41 },
      blocks: [],
    },
  ]);
});

test('they block a switchover only where the policy forbids ending them', () => {
  const long = healthy.with('db1', open(60));
  const policy = long.policy({ switchover: { afterGrace: 'give-up' } });
  expect(findingsOfCode('long-transaction', long, policy)[0]?.blocks).toEqual(['switchover']);
});

test('where no writes are taken they hold nothing', () => {
  expect(found(healthy.with('db2', open(900)))).toEqual([]);
  expect(found(cluster().primary('a', { source: 'b' }).replica('b', open(900)))).toEqual([]);
  expect(found(healthy.with('db1', { ...open(900), unreachable: true }))).toEqual([]);
});
