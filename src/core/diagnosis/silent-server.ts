/** Servers that do not answer: under which code they are told, and what is said of them. */
import type { FindingCode } from '../finding.ts';
import type { ProbeFailure } from '../observation.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { Node, Topology } from '../topology.ts';
import { counted, failureWords } from '../wording.ts';
import { nameForSilent, takenForDead } from './orchestrator-names.ts';
import type { Match } from './rule.ts';
import { isTop } from './seen.ts';
import { type Witnesses, witnesses } from './witnesses.ts';

export type SilenceCode = Extract<
  FindingCode,
  | 'dead-primary'
  | 'dead-co-primary'
  | 'primary-unreachable'
  | 'dead-intermediate-source'
  | 'intermediate-source-unreachable'
  | 'server-unreachable'
>;

/** The silent servers that are told under `code`: each silent server is told under exactly one. */
export function silentServers(
  code: SilenceCode,
  topology: Topology,
  policy: ClusterPolicy,
): readonly Match[] {
  return topology.nodes
    .filter((node) => !node.reachable)
    .map((node) => ({ node, found: witnesses(node, topology, policy.lagFindingMs) }))
    .filter(({ node, found }) => codeOf(node, found) === code)
    .map(({ node, found }) => match(node, found));
}

function codeOf(node: Node, found: Witnesses): SilenceCode {
  const dead = isDead(node, found);
  if (node.role === 'co-primary' && dead) return 'dead-co-primary';
  if (isTop(node)) return dead ? 'dead-primary' : 'primary-unreachable';
  if (node.role === 'unknown' || found.replicas === 0) return 'server-unreachable';
  return dead ? 'dead-intermediate-source' : 'intermediate-source-unreachable';
}

/**
 * Stricter than Orchestrator, which takes replicas for witnesses that somebody stopped: at least one must have lost
 * the source itself, and none may still receive from it. DESIGN, law 6: two witnesses.
 */
function isDead(node: Node, found: Witnesses): boolean {
  return (
    takenForDead(node, found) && found.lost > 0 && found.receiving === 0 && !itselfAnswered(node.failure)
  );
}

/** Whoever turns a login down is alive. */
function itselfAnswered(failure: ProbeFailure | undefined): boolean {
  return failure?.code === 'access-denied' || failure?.code === 'too-many-connections';
}

/** Analyses that Orchestrator skips when every replica is in downtime. */
const aboutReplicas: ReadonlySet<string | undefined> = new Set([
  'DeadIntermediateMasterWithSingleReplica',
  'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
  'DeadIntermediateMasterAndReplicas',
  'DeadIntermediateMasterAndSomeReplicas',
]);

function match(node: Node, found: Witnesses): Match {
  const name = nameForSilent(node, found);
  const seen = node.seen === undefined ? ', and it was never seen' : '';
  const former = node.replacedBy === undefined ? '' : `; it was the primary until ${node.replacedBy}`;
  const summary = `${node.name} cannot be reached: ${failureWords(node.failure)}${seen}${former}${followers(found)}`;
  return {
    server: node,
    summary,
    evidence: {
      lastSeenAt: node.seen?.observedAt ?? null,
      failure: node.failure?.code ?? null,
      message: node.failure?.message ?? null,
      replicas: found.replicas,
      replicasAnswering: found.answering,
      replicasReplicating: found.replicating,
      replicasReceiving: found.receiving,
      replicasThatLostIt: found.lost,
      replicasFailingToConnect: found.failingToConnect,
    },
    ...(name === undefined ? {} : { orchestrator: name }),
    downtimed: node.downtimed || (aboutReplicas.has(name) && found.downtimed === found.replicas),
  };
}

/** The second witness, in the sentence itself: a server that still feeds its replicas is not dead. */
function followers(found: Witnesses): string {
  const { replicas, answering, replicating } = found;
  if (replicas === 0) return '';
  const all = counted(replicas, 'replica');
  if (answering === 0) return `; nor can its ${all}`;
  if (replicating === 0) {
    const none = replicas === 1 ? 'its replica does not replicate' : `none of its ${all} replicates`;
    return `; ${none}${doubt(found)}`;
  }
  const some = replicating === replicas ? `its ${all}` : `${replicating} of its ${all}`;
  return `; ${some} still ${replicating === 1 ? 'replicates' : 'replicate'} from it`;
}

/** Why replicas that do not replicate are no witnesses. */
function doubt({ receiving, lost }: Witnesses): string {
  if (receiving > 0) return `, but ${receiving} still ${receiving === 1 ? 'receives' : 'receive'} from it`;
  return lost === 0 ? ', but was stopped, not cut off' : '';
}
