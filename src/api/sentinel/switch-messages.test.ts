import { expect, test } from 'vitest';
import { sampleInstance, samplePrimary, sampleReplica } from './sample-view.ts';
import { switchMessages } from './switch-messages.ts';

const db1 = { host: '10.0.0.1', port: 6379 };
const db2 = { host: '10.0.0.2', port: 6379 };
const db3 = { host: '10.0.0.3', port: 6379 };
const subjectively = { since: 1, how: 'subjectively' as const };
const objectively = { since: 1, how: 'objectively' as const };
const before = samplePrimary('orders', [db1, db2, db3]);

const lines = (...args: Parameters<typeof switchMessages>): readonly string[] =>
  switchMessages(...args).map(({ channel, payload }) => `${channel} ${payload}`);

test('nothing changed, nothing is said', () => {
  expect(lines([before], [samplePrimary('orders', [db1, db3, db2])])).toEqual([]);
});

test('a switch: first the switch, then the old primary as a replica, then the others', () => {
  expect(lines([before], [samplePrimary('orders', [db2, db3, db1])])).toEqual([
    '+switch-master orders 10.0.0.1 6379 10.0.0.2 6379',
    '+slave slave 10.0.0.1:6379 10.0.0.1 6379 @ orders 10.0.0.2 6379',
    '+slave slave 10.0.0.3:6379 10.0.0.3 6379 @ orders 10.0.0.2 6379',
  ]);
});

test('a switch after a death says at its end that the old primary is down', () => {
  const dead = samplePrimary('orders', [db1, db2], { primary: sampleInstance(db1, { down: objectively }) });
  const after = samplePrimary('orders', [db2], {
    replicas: [sampleReplica(db1, db2, { down: subjectively })],
  });
  expect(lines([dead], [after])).toEqual([
    '+switch-master orders 10.0.0.1 6379 10.0.0.2 6379',
    '+slave slave 10.0.0.1:6379 10.0.0.1 6379 @ orders 10.0.0.2 6379',
    '+sdown slave 10.0.0.1:6379 10.0.0.1 6379 @ orders 10.0.0.2 6379',
  ]);
});

test('a switch by way of a time without a primary', () => {
  const { primary: _none, ...between } = samplePrimary('orders', [db1, db2], { handingOver: true });
  expect(lines([before], [between])).toEqual(['+try-failover master orders 10.0.0.1 6379']);
  expect(lines([between], [samplePrimary('orders', [db2, db1])])).toEqual([
    '+switch-master orders 10.0.0.1 6379 10.0.0.2 6379',
    '+slave slave 10.0.0.1:6379 10.0.0.1 6379 @ orders 10.0.0.2 6379',
    '+failover-end master orders 10.0.0.2 6379',
  ]);
});

test('a hand-over that came to nothing', () => {
  const during = { ...before, handingOver: true };
  expect(lines([during], [before])).toEqual(['+failover-end master orders 10.0.0.1 6379']);
});

test('a primary goes down and comes back', () => {
  const silent = sampleInstance(db1, { down: subjectively });
  const dead = sampleInstance(db1, { down: objectively });
  const suspected = { ...before, primary: silent, last: silent };
  const lost = { ...before, primary: dead, last: dead };
  expect(lines([before], [suspected])).toEqual(['+sdown master orders 10.0.0.1 6379']);
  expect(lines([suspected], [lost])).toEqual(['+odown master orders 10.0.0.1 6379 #quorum 1/1']);
  expect(lines([before], [lost])).toEqual([
    '+sdown master orders 10.0.0.1 6379',
    '+odown master orders 10.0.0.1 6379 #quorum 1/1',
  ]);
  expect(lines([lost], [before])).toEqual([
    '-sdown master orders 10.0.0.1 6379',
    '-odown master orders 10.0.0.1 6379',
  ]);
});

test('replicas come, go down and come back', () => {
  const one = samplePrimary('orders', [db1, db2]);
  const down = { ...one, replicas: [sampleReplica(db2, db1, { down: subjectively })] };
  expect(lines([one], [before])).toEqual(['+slave slave 10.0.0.3:6379 10.0.0.3 6379 @ orders 10.0.0.1 6379']);
  expect(lines([one], [down])).toEqual(['+sdown slave 10.0.0.2:6379 10.0.0.2 6379 @ orders 10.0.0.1 6379']);
  expect(lines([down], [one])).toEqual(['-sdown slave 10.0.0.2:6379 10.0.0.2 6379 @ orders 10.0.0.1 6379']);
});

test('clusters come and go; others are not concerned', () => {
  const other = samplePrimary('carts', [db3]);
  expect(lines([before], [before, other])).toEqual(['+monitor master carts 10.0.0.3 6379 quorum 1']);
  expect(lines([before, other], [before])).toEqual(['-monitor master carts 10.0.0.3 6379']);
});

test('a cluster whose primary has never been seen is not spoken of', () => {
  const { primary: _none, last: _neither, ...unseen } = samplePrimary('orders', [db1]);
  expect(lines([], [unseen])).toEqual([]);
  expect(lines([unseen], [samplePrimary('orders', [db1])])).toEqual([
    '+monitor master orders 10.0.0.1 6379 quorum 1',
  ]);
});
