import { expect, test } from 'vitest';
import type { ClusterSight } from './cluster-sight.ts';
import type { ClusterView } from './cluster-view.ts';
import { membersOnly } from './members-only.ts';
import { redis70 } from './testing/server-kinds.ts';
import { threeShards, viewsOf } from './testing/shard-cluster.ts';

const sight = (view: ClusterView): ClusterSight => ({
  ...{ view, nodeTimeoutMs: 1000, server: redis70, migrates: true, stood: 0 },
});

test('a node that nobody else knows is left out, unless it is all there is', () => {
  const members = viewsOf(threeShards).map(sight);
  const alone = viewsOf({ shards: { x: { slots: '' } } }).map(sight);
  expect(membersOnly([...members, ...alone])).toEqual(members);
  expect(membersOnly(alone)).toEqual(alone);
  expect(membersOnly([])).toEqual([]);
});
