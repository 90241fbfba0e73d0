import { expect, test } from 'vitest';
import { isSeen } from '../switchover/situation.ts';
import { cluster } from '../testing/cluster-builder.ts';
import { channelsOf } from './failover-steps.ts';

test('a replica that is put back keeps the delay that it had, and is given none', () => {
  const topology = cluster().primary('db1').replica('db2', { delaySeconds: 3600 }).replica('db3').topology();
  const channels = topology.nodes.filter(isSeen).flatMap((node) => channelsOf(node));
  expect(channels.map(({ settings }) => settings.delaySeconds)).toEqual([3600, undefined]);
});
