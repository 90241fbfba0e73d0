/**
 * For each analysis code of Orchestrator a cluster of which it would say that, and what Dauphin says of the same
 * servers. The table is tested, and printed in docs/reference/findings.md.
 */
import type { Finding } from '../finding.ts';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { connectError } from '../testing/receiver-errors.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import type { PolicyTraits } from '../testing/test-policy.ts';

export interface OrchestratorFixture extends Pick<Finding, 'code' | 'severity' | 'blocks'> {
  /** Orchestrator's name. */
  readonly name: string;
  /** Its condition in our words; a *source* is what Orchestrator calls a master. */
  readonly when: string;
  readonly cluster: ClusterBuilder;
  readonly policy?: PolicyTraits;
  readonly server: string;
}

const silent: ServerTraits = { unreachable: true };
const lost: ServerTraits = { receiver: 'connecting' };
const stopped: ServerTraits = { receiver: 'stopped', applier: 'stopped' };
const late: ServerTraits = { lagSeconds: 60 };
const refused: ServerTraits = {
  receiver: 'connecting',
  receiverError: connectError(2003, "error connecting to master 'repl@10.0.0.1:3306'"),
};
const byOffset: ServerTraits = { channel: { usesGtid: false } };
const ownLogOnly: ServerTraits = { log: { logsReplicated: false } };
const logs = (format: 'ROW' | 'MIXED' | 'STATEMENT'): ServerTraits => ({ log: { format } });
const waiting = (connectedReplicas: number): ServerTraits => ({
  semiSync: { sourceEnabled: true, sourceActive: true, requiredAcks: 1, connectedReplicas },
});

const star = (primary: ServerTraits, ...replicas: readonly ServerTraits[]): ClusterBuilder =>
  replicas.reduce<ClusterBuilder>(
    (builder, traits, index) => builder.replica(`db${index + 2}`, traits),
    cluster('orders', 'mysql').primary('db1', primary),
  );

/** db1 above db2, and the rest below db2. */
const chain = (middle: ServerTraits, ...below: readonly ServerTraits[]): ClusterBuilder =>
  below.reduce<ClusterBuilder>(
    (builder, traits, index) => builder.replica(`db${index + 3}`, { source: 'db2', ...traits }),
    cluster('orders', 'mysql').primary('db1').replica('db2', middle),
  );

/** db1 and db2 follow each other, db3 follows db1. */
const ring = (db1: ServerTraits, db2: ServerTraits, db3: ServerTraits): ClusterBuilder =>
  cluster('orders', 'mysql')
    .primary('db1', { source: 'db2', ...db1 })
    .replica('db2', db2)
    .replica('db3', db3);

const deadPrimary = {
  server: 'db1',
  code: 'dead-primary',
  severity: 'critical',
  blocks: ['switchover'],
} as const;
const unsurePrimary = {
  server: 'db1',
  code: 'primary-unreachable',
  severity: 'critical',
  blocks: ['switchover', 'failover'],
} as const;
const deadCoPrimary = { ...deadPrimary, code: 'dead-co-primary' } as const;
const deadMiddle = {
  server: 'db2',
  code: 'dead-intermediate-source',
  severity: 'warning',
  blocks: ['candidacy'],
} as const;
const unsureMiddle = { ...deadMiddle, code: 'intermediate-source-unreachable' } as const;
const forsaken = {
  server: 'db1',
  code: 'no-replica-replicates',
  severity: 'critical',
  blocks: ['switchover'],
} as const;
const forsakenMiddle = { ...forsaken, server: 'db2', severity: 'notice', blocks: [] } as const;
const structure = { server: 'db1', severity: 'notice', blocks: [] } as const;

const silentPrimaries: readonly OrchestratorFixture[] = [
  {
    name: 'DeadMasterWithoutReplicas',
    when: 'the primary does not answer and has no replicas; Dauphin has one witness only, itself',
    cluster: star(silent),
    ...unsurePrimary,
  },
  {
    name: 'DeadMaster',
    when: 'the primary does not answer; all replicas answer, none replicates; Dauphin also demands that one lost it and none still receives from it',
    cluster: star(silent, lost, lost),
    ...deadPrimary,
  },
  {
    name: 'DeadMasterAndReplicas',
    when: 'neither the primary nor any replica answers; it may be Dauphin that is cut off',
    cluster: star(silent, silent, silent),
    ...unsurePrimary,
  },
  {
    name: 'DeadMasterAndSomeReplicas',
    when: 'the primary and some replicas do not answer; of the others none replicates, and one lost it',
    cluster: star(silent, silent, lost),
    ...deadPrimary,
  },
  {
    name: 'UnreachableMasterWithLaggingReplicas',
    when: 'the primary does not answer; some replicas replicate, and all lag beyond `lagFinding`, not all on purpose',
    cluster: star(silent, late, late),
    ...unsurePrimary,
  },
  {
    name: 'UnreachableMaster',
    when: 'the primary does not answer; a replica still replicates from it',
    cluster: star(silent, lost, {}),
    ...unsurePrimary,
  },
  {
    name: 'DeadCoMaster',
    when: 'a member of a ring does not answer; all its replicas answer, none replicates, one lost it',
    cluster: ring(silent, lost, lost),
    ...deadCoPrimary,
  },
  {
    name: 'DeadCoMasterAndSomeReplicas',
    when: 'a member of a ring and some of its replicas do not answer; of the others none replicates, one lost it',
    cluster: ring(silent, lost, silent),
    ...deadCoPrimary,
  },
  {
    name: 'UnreachableCoMaster',
    when: 'a member of a ring does not answer; a replica still replicates from it',
    cluster: ring(silent, {}, lost),
    ...unsurePrimary,
  },
];

const semiSync: readonly OrchestratorFixture[] = [
  {
    name: 'LockedSemiSyncMaster',
    when: 'the primary waits for more acknowledgements than it has semi-sync replicas, and nothing was committed between the last two looks (on MariaDB, too, where Orchestrator never says it)',
    cluster: star({ ...waiting(0), previous: { seenMsAgo: 1_000 } }, {}),
    server: 'db1',
    code: 'semi-sync-locked',
    severity: 'critical',
    blocks: ['switchover'],
  },
  {
    name: 'LockedSemiSyncMasterHypothesis',
    when: 'the same, seen for the first time, or something was still committed',
    cluster: star({ ...waiting(0), previous: { seenMsAgo: 1_000, behind: 1 } }, {}),
    server: 'db1',
    code: 'semi-sync-short',
    severity: 'warning',
    blocks: ['switchover'],
  },
  {
    name: 'MasterWithTooManySemiSyncReplicas',
    when: 'the primary has more semi-sync replicas than acknowledgements to wait for, and the policy wants exactly as many (`exactSemiSync`)',
    cluster: star(waiting(2), {}, {}),
    policy: { exactSemiSync: true },
    server: 'db1',
    code: 'semi-sync-surplus',
    severity: 'notice',
    blocks: [],
  },
  {
    name: 'NotEnoughValidSemiSyncReplicasStructureWarning',
    when: 'the primary is to wait, has too few semi-sync replicas, and has given up waiting',
    cluster: star({ semiSync: { sourceEnabled: true, sourceActive: false, connectedReplicas: 0 } }, {}),
    server: 'db1',
    code: 'semi-sync-inactive',
    severity: 'warning',
    blocks: [],
  },
];

const forsakenSources: readonly OrchestratorFixture[] = [
  {
    name: 'MasterSingleReplicaNotReplicating',
    when: 'the primary answers, its one replica answers and does not replicate',
    cluster: star({}, stopped),
    ...forsaken,
  },
  {
    name: 'MasterSingleReplicaDead',
    when: 'the primary answers, its one replica does not',
    cluster: star({}, silent),
    ...forsaken,
    blocks: ['switchover', 'failover'],
  },
  {
    name: 'AllMasterReplicasNotReplicating',
    when: 'the primary answers, all its replicas answer, none replicates',
    cluster: star({}, stopped, lost),
    ...forsaken,
  },
  {
    name: 'AllMasterReplicasNotReplicatingOrDead',
    when: 'the primary answers, some of its replicas do not, and of the others none replicates',
    cluster: star({}, stopped, silent),
    ...forsaken,
  },
  {
    name: 'AllCoMasterReplicasNotReplicating',
    when: 'a member of a ring answers, none of its replicas replicates; critical where it takes writes',
    cluster: ring({}, stopped, stopped),
    ...forsaken,
  },
  {
    name: 'AllIntermediateMasterReplicasFailingToConnectOrDead',
    when: 'an intermediate source answers; all its replicas that answer fail to connect to it, and there is one such',
    cluster: chain({}, refused, silent),
    ...forsakenMiddle,
  },
  {
    name: 'AllIntermediateMasterReplicasNotReplicating',
    when: 'an intermediate source answers, none of its replicas replicates',
    cluster: chain({}, stopped),
    ...forsakenMiddle,
  },
  {
    name: 'FirstTierReplicaFailingToConnectToMaster',
    when: 'a direct replica of the primary applies, and its receiver cannot connect; a notice where the primary is silent for Dauphin, too; `replica-broken` where the receiver has given up',
    cluster: star({}, refused, {}),
    server: 'db2',
    code: 'replica-cannot-connect',
    severity: 'warning',
    blocks: ['candidacy'],
  },
];

const silentMiddles: readonly OrchestratorFixture[] = [
  {
    name: 'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
    when: 'an intermediate source does not answer; its one replica answers and fails to connect to it',
    cluster: chain(silent, refused),
    ...deadMiddle,
  },
  {
    name: 'DeadIntermediateMasterWithSingleReplica',
    when: 'an intermediate source does not answer; its one replica answers, does not replicate and lost it',
    cluster: chain(silent, lost),
    ...deadMiddle,
  },
  {
    name: 'DeadIntermediateMaster',
    when: 'an intermediate source does not answer; all its replicas answer, none replicates, one lost it',
    cluster: chain(silent, lost, lost),
    ...deadMiddle,
  },
  {
    name: 'DeadIntermediateMasterAndSomeReplicas',
    when: 'an intermediate source and some of its replicas do not answer; of the others none replicates, one lost it',
    cluster: chain(silent, silent, lost),
    ...deadMiddle,
  },
  {
    name: 'DeadIntermediateMasterAndReplicas',
    when: 'neither an intermediate source nor any of its replicas answers',
    cluster: chain(silent, silent),
    ...unsureMiddle,
  },
  {
    name: 'UnreachableIntermediateMasterWithLaggingReplicas',
    when: 'an intermediate source does not answer; some of its replicas replicate, and all lag, not all on purpose',
    cluster: chain(silent, late),
    ...unsureMiddle,
  },
  {
    name: 'UnreachableIntermediateMaster',
    when: 'an intermediate source does not answer; a replica still replicates from it',
    cluster: chain(silent, {}),
    ...unsureMiddle,
  },
];

const structureWarnings: readonly OrchestratorFixture[] = [
  {
    name: 'NoWriteableMasterStructureWarning',
    when: 'the primary answers and is read-only',
    cluster: star({ writeMode: 'read-only' }, {}),
    server: 'db1',
    code: 'primary-read-only',
    severity: 'critical',
    blocks: ['switchover'],
  },
  {
    name: 'NoLoggingReplicasStructureWarning',
    when: 'of several direct replicas of the primary none logs what it applies; told of each replica',
    cluster: star({}, ownLogOnly, ownLogOnly),
    server: 'db2',
    code: 'replica-without-log',
    severity: 'notice',
    blocks: ['candidacy', 'switchover', 'failover'],
  },
  {
    name: 'NoFailoverSupportStructureWarning',
    when: 'of several direct replicas of the primary one does not use GTIDs; told of that replica',
    cluster: star({}, byOffset, {}),
    server: 'db2',
    code: 'gtid-off',
    severity: 'warning',
    blocks: [],
  },
  {
    name: 'StatementAndMixedLoggingReplicasStructureWarning',
    when: 'of the direct replicas of the primary that log, one logs STATEMENT and one MIXED',
    cluster: star({}, logs('STATEMENT'), logs('MIXED')),
    code: 'log-formats-differ',
    ...structure,
  },
  {
    name: 'StatementAndRowLoggingReplicasStructureWarning',
    when: 'likewise, STATEMENT and ROW',
    cluster: star({}, logs('STATEMENT'), logs('ROW')),
    code: 'log-formats-differ',
    ...structure,
  },
  {
    name: 'MixedAndRowLoggingReplicasStructureWarning',
    when: 'likewise, MIXED and ROW',
    cluster: star({}, logs('MIXED'), logs('ROW')),
    code: 'log-formats-differ',
    ...structure,
  },
  {
    name: 'MultipleMajorVersionsLoggingReplicasStructureWarning',
    when: 'the direct replicas of the primary that log are of several releases (8.0 and 8.4)',
    cluster: star({ version: '8.0.40' }, { version: '8.0.40' }, { version: '8.4.6' }),
    code: 'replica-versions-differ',
    ...structure,
  },
  {
    name: 'DifferentGTIDModesStructureWarning',
    when: 'a source and a replica of it differ in `gtid_mode`; Dauphin tells ON from all else',
    cluster: star({}, { gtid: false }, {}),
    server: 'db1',
    code: 'gtid-modes-differ',
    severity: 'warning',
    blocks: [],
  },
  {
    name: 'ErrantGTIDStructureWarning',
    when: 'a server has transactions that never were on the primary; told of that server',
    cluster: star({}, { errant: 3 }, {}),
    server: 'db2',
    code: 'errant-transactions',
    severity: 'warning',
    blocks: ['candidacy'],
  },
];

/** Each name once. */
export const orchestratorFixtures: readonly OrchestratorFixture[] = [
  ...silentPrimaries,
  ...semiSync,
  ...forsakenSources,
  ...silentMiddles,
  ...structureWarnings,
];

/** Analyses that have nothing to be about here. */
export const notDiagnosed: Readonly<Record<string, string>> = {
  BinlogServerFailingToConnectToMaster:
    'It is about MaxScale as a binlog server, which holds no data. Dauphin looks after servers of MariaDB and MySQL and reads no MaxScale; the replicas below it are told as replicas of a source outside the cluster.',
  DeadReplicationGroupMemberWithReplicas:
    'It is about MySQL Group Replication, whose members elect their primary themselves. Dauphin does not read group membership; a member is told as any other server.',
  MasterWithoutReplicas: 'Defined in Orchestrator and never said by it.',
};
