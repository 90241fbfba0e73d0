import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('gtid-off', builder);
const healthy = cluster('orders', 'mysql').primary('db1').replica('db2').replica('db3');
const byOffset = { channel: { usesGtid: false } };

test('GTIDs in use everywhere are as they should be', () => {
  expect(found(healthy)).toEqual([]);
});

test('a replica that follows by file and offset is told', () => {
  expect(found(healthy.with('db2', byOffset))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      summary: 'db2 follows its source by file and offset, not by GTID',
      evidence: { gtidEnabled: true, channelUsesGtid: false },
      blocks: [],
    },
  ]);
});

test('a replica without GTIDs cannot take over', () => {
  const summary = 'db2 has GTIDs switched off';
  expect(found(healthy.with('db2', { gtid: false }))).toMatchObject([{ summary, blocks: ['candidacy'] }]);
});

test('a primary without GTIDs blocks the switchover itself', () => {
  expect(found(healthy.with('db1', { gtid: false }))).toMatchObject([
    {
      server: 'db1',
      summary: 'db1 has GTIDs switched off',
      evidence: { gtidEnabled: false, channelUsesGtid: true },
      blocks: ['switchover'],
    },
  ]);
});

test('Orchestrator warns where one of several direct replicas does not use them', () => {
  const names = (builder: ClusterBuilder) => found(builder).map((finding) => finding.orchestrator);
  expect(names(healthy.with('db2', byOffset))).toEqual(['NoFailoverSupportStructureWarning']);
  expect(names(cluster().primary('db1').replica('db2', byOffset))).toEqual([undefined]);
  expect(names(healthy.with('db1', { gtid: false }))).toEqual([undefined]);
});

test('how the top follows a server outside is not told', () => {
  expect(found(cluster().primary('db1', { source: '192.0.2.1', ...byOffset }))).toEqual([]);
});
