/** Primaries that wait for acknowledgements (semi-synchronous replication), and how Orchestrator sees them. */
import type { Topology } from '../topology.ts';
import { counted } from '../wording.ts';
import type { Match } from './rule.ts';
import { answering, type SeenNode } from './seen.ts';

/** Those that answer and are told to wait. Members of a ring are left out, as Orchestrator leaves them. */
export function semiSyncPrimaries(topology: Topology): readonly SeenNode[] {
  return answering(topology).filter((node) => node.role === 'primary' && node.seen.semiSync.sourceEnabled);
}

export function isShort({
  connectedReplicas,
  requiredAcks,
}: Pick<SeenNode['seen']['semiSync'], 'connectedReplicas' | 'requiredAcks'>): boolean {
  return requiredAcks > 0 && connectedReplicas < requiredAcks;
}

/** `needs 2 acknowledgements and has 1 semi-sync replica` */
export function acksInWords({ seen }: SeenNode): string {
  const { requiredAcks, connectedReplicas } = seen.semiSync;
  return `needs ${counted(requiredAcks, 'acknowledgement')} for a commit and has ${counted(connectedReplicas, 'semi-sync replica')}`;
}

export function acksEvidence({ seen }: SeenNode): Match['evidence'] {
  const { requiredAcks, connectedReplicas, sourceActive, timeoutMs } = seen.semiSync;
  return { requiredAcks, connectedReplicas, active: sourceActive, timeoutMs };
}

/** MariaDB waits for one acknowledgement and has no setting for it, so Orchestrator takes it to wait for none. */
export function namedOnMysql(node: SeenNode, name: string): Pick<Match, 'orchestrator'> {
  return node.seen.engine === 'mysql' ? { orchestrator: name } : {};
}
