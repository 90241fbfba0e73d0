import { expect, test } from 'vitest';
import { isSeen, type SeenNode } from '../switchover/situation.ts';
import { cluster, nodeNamed } from '../testing/cluster-builder.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import { changesToGtid, historyOf } from './history.ts';

const byOffset: ServerTraits = { channel: { usesGtid: false } };

function seen(traits: ServerTraits): SeenNode {
  const node = nodeNamed(cluster().primary('db1').replica('db2', traits).topology(), 'db2');
  if (!isSeen(node)) throw new Error('it is seen');
  return node;
}

test('a server whose transactions have GTIDs says by them what it has, however it follows', () => {
  expect(historyOf(seen({}))).toBe('gtid');
  expect(historyOf(seen(byOffset))).toBe('gtid');
});

test('a replica without a log of its own has them from its source', () => {
  expect(historyOf(seen({ gtid: false, channel: { usesGtid: true } }))).toBe('gtid');
});

test('one without GTIDs only knows places in a log, if that', () => {
  expect(historyOf(seen({ gtid: false, seen: { anonymous: true } }))).toBe('coordinates');
  expect(historyOf(seen({ gtid: false }))).toBe('none');
});

test('a plan says whom it changes to GTIDs', () => {
  expect(changesToGtid([seen({}), seen({ gtid: false })])).toEqual([]);
  expect(changesToGtid([seen({}), seen(byOffset)])).toEqual([
    'db2 follows by file and offset, and by GTID from then on',
  ]);
});
