/**
 * What is done by itself about servers that are back or were left without a source, where no primary has died. A table:
 * every row that applies gives moves, the most urgent first; one is begun at a time.
 */
import { writableAgain } from '../failover/plan-fencing.ts';
import type { Finding } from '../finding.ts';
import type { ServerId } from '../identity.ts';
import type { FailoverPolicy } from '../policy.ts';
import type { Node, Topology } from '../topology.ts';

export type MoveKind = 'fence' | 'relocate' | 'rejoin';

export interface Move {
  readonly kind: MoveKind;
  /** The server that is fenced, whose replicas are relocated, or that becomes a replica again. */
  readonly node: Node;
  readonly because: string;
}

export interface MoveFacts {
  readonly policy: FailoverPolicy;
  readonly topology: Topology;
  findings(): readonly Finding[];
  /** The server that the last hand-over made the primary. */
  readonly made: ServerId | undefined;
  /** The primary is suspected: what it needs comes first. */
  readonly suspected: boolean;
  /** An operation runs there. */
  readonly busy: boolean;
  /** By order or by the week: the cluster is left to people. */
  readonly maintenance: boolean;
}

interface Row {
  readonly kind: MoveKind;
  readonly because: string;
  /** It is too urgent for a maintenance of the cluster, or a downtime of the server, to hold it back. */
  readonly urgent?: true;
  allowed(policy: FailoverPolicy): boolean;
  nodes(facts: MoveFacts): readonly Node[];
}

export const moveTable: readonly Row[] = [
  {
    kind: 'fence',
    because: 'it was replaced and takes writes again: two that do are nothing to wait for a person with',
    urgent: true,
    allowed: ({ mode }) => mode !== 'observe',
    nodes: ({ topology, made }) => {
      const node = writableAgain(topology, made);
      return node ? [node] : [];
    },
  },
  {
    kind: 'relocate',
    because: 'it is dead, and its replicas are off the cluster until they follow another',
    allowed: ({ mode }) => mode === 'automatic',
    nodes: ({ topology, findings }) => {
      const dead = findings().filter(({ code }) => code === 'dead-intermediate-source');
      return topology.nodes.filter(({ id }) => dead.some(({ server }) => server === id));
    },
  },
  {
    kind: 'rejoin',
    because: 'it was replaced, and is a replica less until it follows the new primary',
    allowed: ({ mode, rejoin }) => mode === 'automatic' && rejoin === 'automatic',
    nodes: ({ topology }) =>
      topology.nodes.filter(({ replacedBy, role }) => replacedBy !== undefined && role === 'primary'),
  },
];

export function nextMoves(facts: MoveFacts): readonly Move[] {
  const { policy, suspected, busy, maintenance } = facts;
  if (suspected || busy) return [];
  return moveTable
    .filter(({ allowed, urgent = false }) => allowed(policy) && (urgent || !maintenance))
    .flatMap(({ kind, because, nodes, urgent = false }) =>
      nodes(facts)
        .filter(({ downtimed }) => urgent || !downtimed)
        .map((node) => ({ kind, node, because })),
    );
}

export const moveKinds: readonly MoveKind[] = moveTable.map(({ kind }) => kind);

/** One that replicates again needs nothing; the next time it does is another matter. */
export function healed({ nodes }: Topology): readonly ServerId[] {
  return nodes.filter(({ role, reachable }) => role === 'replica' && reachable).map(({ id }) => id);
}
