/**
 * Orchestrator's names for a server that does not answer, by its own conditions (GetReplicationAnalysis):
 * what its direct replicas still do decides between dead and unreachable. First match wins.
 */
import { type Node, replicasOf, type Topology } from '../topology.ts';
import { isSeen } from './seen.ts';

/** The direct replicas of a silent server, counted as Orchestrator counts them. */
export interface Witnesses {
  readonly replicas: number;
  readonly answering: number;
  /** Both threads run: its source is alive, whoever else may not reach it. */
  readonly replicating: number;
  readonly lagging: number;
  readonly delayed: number;
  /** The applier runs, and the receiver tries in vain to connect. */
  readonly failingToConnect: number;
}

export function witnesses(node: Node, topology: Topology, lagLimitMs: number): Witnesses {
  const replicas = replicasOf(topology, node.id);
  const answering = replicas.filter((replica) => isSeen(replica) && replica.reachable);
  const channels = answering.map((replica) => replica.channel).filter((channel) => channel !== undefined);
  const lagMs = (seconds: number | null): number => (seconds ?? 0) * 1000;
  return {
    replicas: replicas.length,
    answering: answering.length,
    replicating: channels.filter((c) => c.receiver === 'running' && c.applier === 'running').length,
    lagging: channels.filter((c) => lagMs(c.lagSeconds) > lagLimitMs).length,
    delayed: channels.filter((c) => c.delaySeconds > 0).length,
    failingToConnect: channels.filter(
      (c) => c.receiver !== 'running' && c.applier === 'running' && isConnectError(c.receiverError?.message),
    ).length,
  };
}

function isConnectError(message: string | undefined): boolean {
  return message !== undefined && /error (re)?connecting to (master|source)/i.test(message);
}

type Row = readonly [name: string, when: (w: Witnesses) => boolean];

const noneReplicates = (w: Witnesses): boolean => w.replicating === 0;
const allAnswer = (w: Witnesses): boolean => w.answering === w.replicas;
const someAnswer = (w: Witnesses): boolean => w.answering > 0 && w.answering < w.replicas;
const allLag = (w: Witnesses): boolean => w.lagging === w.replicas && w.delayed < w.replicas;

const primaryRows: readonly Row[] = [
  ['DeadMasterWithoutReplicas', (w) => w.replicas === 0],
  ['DeadMaster', (w) => allAnswer(w) && noneReplicates(w)],
  ['DeadMasterAndReplicas', (w) => w.answering === 0],
  ['DeadMasterAndSomeReplicas', (w) => someAnswer(w) && noneReplicates(w)],
  ['UnreachableMasterWithLaggingReplicas', allLag],
  ['UnreachableMaster', (w) => w.replicating > 0],
];

/** For a ring whose members all fall silent Orchestrator has no name. */
const coPrimaryRows: readonly Row[] = [
  ['DeadCoMaster', (w) => w.replicas > 0 && allAnswer(w) && noneReplicates(w)],
  ['DeadCoMasterAndSomeReplicas', (w) => someAnswer(w) && noneReplicates(w)],
  ['UnreachableCoMaster', (w) => w.replicating > 0],
];

const replicaRows: readonly Row[] = [
  ['last_check_invalid', (w) => w.replicas === 0],
  [
    'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
    (w) => w.replicas === 1 && w.failingToConnect === 1,
  ],
  ['DeadIntermediateMasterWithSingleReplica', (w) => w.replicas === 1 && allAnswer(w) && noneReplicates(w)],
  ['DeadIntermediateMaster', (w) => allAnswer(w) && noneReplicates(w)],
  ['DeadIntermediateMasterAndSomeReplicas', (w) => someAnswer(w) && noneReplicates(w)],
  ['DeadIntermediateMasterAndReplicas', (w) => w.answering === 0],
  ['UnreachableIntermediateMasterWithLaggingReplicas', allLag],
  ['UnreachableIntermediateMaster', (w) => w.replicating > 0],
];

const rowsOf: Readonly<Record<Node['role'], readonly Row[]>> = {
  primary: primaryRows,
  'co-primary': coPrimaryRows,
  replica: replicaRows,
  /** Orchestrator lists no server that it never reached. */
  unknown: [],
};

/** Every name that a silent server of this role may get. */
export function namesFor(role: Node['role']): readonly string[] {
  return rowsOf[role].map(([name]) => name);
}

export function nameForSilent(node: Node, found: Witnesses): string | undefined {
  return rowsOf[node.role].find(([, when]) => when(found))?.[0];
}
