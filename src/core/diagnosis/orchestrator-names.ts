/**
 * Orchestrator's names for a source, by its own conditions (GetReplicationAnalysis): what its direct replicas still
 * do decides between dead and unreachable. In each table the first match wins.
 */
import type { Node } from '../topology.ts';
import type { Witnesses } from './witnesses.ts';

/** What Orchestrator takes a silent server for; it recovers from nothing but `dead`. */
export type Taken = 'dead' | 'unsure';

type Named = readonly [name: string, when: (w: Witnesses) => boolean, ...rest: readonly Taken[]];
type Row = readonly [name: string, when: (w: Witnesses) => boolean, taken: Taken];
type Table = Readonly<Record<Node['role'], readonly Row[]>>;

const noneReplicates = (w: Witnesses): boolean => w.replicating === 0;
const allAnswer = (w: Witnesses): boolean => w.answering === w.replicas;
const someAnswer = (w: Witnesses): boolean => w.answering > 0 && w.answering < w.replicas;
const allLag = (w: Witnesses): boolean => w.lagging === w.replicas && w.delayed < w.replicas;

const silent: Table = {
  primary: [
    ['DeadMasterWithoutReplicas', (w) => w.replicas === 0, 'unsure'],
    ['DeadMaster', (w) => allAnswer(w) && noneReplicates(w), 'dead'],
    ['DeadMasterAndReplicas', (w) => w.answering === 0, 'unsure'],
    ['DeadMasterAndSomeReplicas', (w) => someAnswer(w) && noneReplicates(w), 'dead'],
    ['UnreachableMasterWithLaggingReplicas', allLag, 'unsure'],
    ['UnreachableMaster', (w) => w.replicating > 0, 'unsure'],
  ],
  /** For a ring whose members all fall silent Orchestrator has no name. */
  'co-primary': [
    ['DeadCoMaster', (w) => w.replicas > 0 && allAnswer(w) && noneReplicates(w), 'dead'],
    ['DeadCoMasterAndSomeReplicas', (w) => someAnswer(w) && noneReplicates(w), 'dead'],
    ['UnreachableCoMaster', (w) => w.replicating > 0, 'unsure'],
  ],
  replica: [
    ['last_check_invalid', (w) => w.replicas === 0, 'unsure'],
    [
      'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
      (w) => w.replicas === 1 && w.failingToConnect === 1,
      'dead',
    ],
    [
      'DeadIntermediateMasterWithSingleReplica',
      (w) => w.replicas === 1 && allAnswer(w) && noneReplicates(w),
      'dead',
    ],
    ['DeadIntermediateMaster', (w) => allAnswer(w) && noneReplicates(w), 'dead'],
    ['DeadIntermediateMasterAndSomeReplicas', (w) => someAnswer(w) && noneReplicates(w), 'dead'],
    ['DeadIntermediateMasterAndReplicas', (w) => w.answering === 0, 'unsure'],
    ['UnreachableIntermediateMasterWithLaggingReplicas', allLag, 'unsure'],
    ['UnreachableIntermediateMaster', (w) => w.replicating > 0, 'unsure'],
  ],
  /** Orchestrator lists no server that it never reached. */
  unknown: [],
};

/** Of a source that answers, none of whose replicas replicates. */
const forsaken: Readonly<Record<Node['role'], readonly Named[]>> = {
  primary: [
    ['MasterSingleReplicaNotReplicating', (w) => w.replicas === 1 && allAnswer(w)],
    ['MasterSingleReplicaDead', (w) => w.replicas === 1],
    ['AllMasterReplicasNotReplicating', allAnswer],
    ['AllMasterReplicasNotReplicatingOrDead', someAnswer],
  ],
  'co-primary': [['AllCoMasterReplicasNotReplicating', () => true]],
  replica: [
    [
      'AllIntermediateMasterReplicasFailingToConnectOrDead',

      (w) => w.replicas > 1 && w.failingToConnect > 0 && w.failingToConnect === w.answering,
    ],
    ['AllIntermediateMasterReplicasNotReplicating', () => true],
  ],
  unknown: [],
};

const find = <R extends Named>(rows: readonly R[], found: Witnesses): R | undefined =>
  rows.find(([, when]) => when(found));

/** Every name that a silent server of this role may get. */
export function namesFor(role: Node['role'], only?: Taken): readonly string[] {
  return silent[role].filter(([, , taken]) => only === undefined || taken === only).map(([name]) => name);
}

export function nameForSilent(node: Node, found: Witnesses): string | undefined {
  return find(silent[node.role], found)?.[0];
}

/** Whether Orchestrator would hold it for dead, and recover from that. */
export function takenForDead(node: Node, found: Witnesses): boolean {
  return find(silent[node.role], found)?.[2] === 'dead';
}

export const forsakenNames: readonly string[] = Object.values(forsaken).flatMap((rows) =>
  rows.map(([name]) => name),
);

/** For a source that answers while none of its replicas replicates. */
export function nameForForsaken(node: Node, found: Witnesses): string | undefined {
  return find(forsaken[node.role], found)?.[0];
}
