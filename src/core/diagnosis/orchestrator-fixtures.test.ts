import { describe, expect, test } from 'vitest';
import { testTime } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';
import { notDiagnosed, type OrchestratorFixture, orchestratorFixtures } from './orchestrator-fixtures.ts';
import { rules } from './rules.ts';

/** All of Orchestrator 3.2.6: go/inst/analysis.go. */
const analyses = [
  'DeadMasterWithoutReplicas',
  'DeadMaster',
  'DeadMasterAndReplicas',
  'DeadMasterAndSomeReplicas',
  'UnreachableMasterWithLaggingReplicas',
  'UnreachableMaster',
  'MasterSingleReplicaNotReplicating',
  'MasterSingleReplicaDead',
  'AllMasterReplicasNotReplicating',
  'AllMasterReplicasNotReplicatingOrDead',
  'LockedSemiSyncMasterHypothesis',
  'LockedSemiSyncMaster',
  'MasterWithTooManySemiSyncReplicas',
  'MasterWithoutReplicas',
  'DeadCoMaster',
  'DeadCoMasterAndSomeReplicas',
  'UnreachableCoMaster',
  'AllCoMasterReplicasNotReplicating',
  'DeadIntermediateMaster',
  'DeadIntermediateMasterWithSingleReplica',
  'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
  'DeadIntermediateMasterAndSomeReplicas',
  'DeadIntermediateMasterAndReplicas',
  'UnreachableIntermediateMasterWithLaggingReplicas',
  'UnreachableIntermediateMaster',
  'AllIntermediateMasterReplicasFailingToConnectOrDead',
  'AllIntermediateMasterReplicasNotReplicating',
  'FirstTierReplicaFailingToConnectToMaster',
  'BinlogServerFailingToConnectToMaster',
  'DeadReplicationGroupMemberWithReplicas',
];
const structures = [
  'StatementAndMixedLogging',
  'StatementAndRowLogging',
  'MixedAndRowLogging',
  'MultipleMajorVersionsLogging',
  'NoLogging',
]
  .map((what) => `${what}ReplicasStructureWarning`)
  .concat(
    [
      'DifferentGTIDModes',
      'ErrantGTID',
      'NoFailoverSupport',
      'NoWriteableMaster',
      'NotEnoughValidSemiSyncReplicas',
    ].map((what) => `${what}StructureWarning`),
  );

const said = ({ cluster, policy }: OrchestratorFixture) => findingsOf(cluster, cluster.policy(policy));

describe('the analyses of Orchestrator', () => {
  test('are all here, each once, or it is said why not', () => {
    const names = [...orchestratorFixtures.map(({ name }) => name), ...Object.keys(notDiagnosed)];
    expect(names.toSorted()).toEqual([...analyses, ...structures].toSorted());
  });

  test.each(orchestratorFixtures)('$name is told as $code', (fixture) => {
    const { name, server, code, severity, blocks } = fixture;
    expect(said(fixture).filter((finding) => finding.orchestrator === name)).toContainEqual(
      expect.objectContaining({ server, code, severity, blocks, downtimed: false }),
    );
  });

  test.each(orchestratorFixtures)('$name gets no other name of an analysis on the same server', (fixture) => {
    const names = said(fixture)
      .filter(({ server }) => server === fixture.server)
      .flatMap(({ orchestrator }) => orchestrator ?? [])
      .filter((name) => analyses.includes(name));
    expect(names).toEqual(analyses.includes(fixture.name) ? [fixture.name] : []);
  });

  test.each(orchestratorFixtures)('$name is named in the table of rules', ({ name, code }) => {
    expect(rules.find((rule) => rule.code === code)?.orchestrator).toContain(name);
  });
});

describe('downtime', () => {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'disk' };
  const downtimed = ({ cluster, ...rest }: OrchestratorFixture, servers: readonly string[]) =>
    said({ ...rest, cluster: servers.reduce((so, name) => so.with(name, { downtime }), cluster) }).find(
      ({ orchestrator, server }) => orchestrator === rest.name && server === rest.server,
    )?.downtimed;
  const replicasOf = ({ cluster, server }: OrchestratorFixture): readonly string[] =>
    cluster.topology().nodes.flatMap(({ source, name }) => (source === server ? [name] : []));

  test.each(orchestratorFixtures)('of the server itself silences $name', (fixture) => {
    expect(downtimed(fixture, [fixture.server])).toBe(true);
  });

  test('of all its replicas silences what is about the replicas, as Orchestrator skips it', () => {
    const silenced = orchestratorFixtures
      .filter((fixture) => replicasOf(fixture).length > 0 && downtimed(fixture, replicasOf(fixture)))
      .map(({ name }) => name);
    expect(silenced).toEqual([
      // Orchestrator forgets this one, and skips the same of several replicas.
      'MasterSingleReplicaNotReplicating',
      'MasterSingleReplicaDead',
      'AllMasterReplicasNotReplicating',
      'AllMasterReplicasNotReplicatingOrDead',
      'AllCoMasterReplicasNotReplicating',
      'AllIntermediateMasterReplicasFailingToConnectOrDead',
      'AllIntermediateMasterReplicasNotReplicating',
      'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
      'DeadIntermediateMasterWithSingleReplica',
      'DeadIntermediateMasterAndSomeReplicas',
      'DeadIntermediateMasterAndReplicas',
    ]);
  });

  test('of some of its replicas silences nothing', () => {
    const several = orchestratorFixtures.filter((fixture) => replicasOf(fixture).length > 1);
    for (const fixture of several) expect(downtimed(fixture, replicasOf(fixture).slice(1))).toBe(false);
  });
});
