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
}

interface Row {
  readonly kind: MoveKind;
  readonly because: string;
  allowed(policy: FailoverPolicy): boolean;
  nodes(facts: MoveFacts): readonly Node[];
}

export const moveTable: readonly Row[] = [
  {
    kind: 'fence',
    because: 'it was replaced and takes writes again: two that do are nothing to wait for a person with',
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
      const dead = findings().find(
        ({ code, downtimed }) => code === 'dead-intermediate-source' && !downtimed,
      )?.server;
      return topology.nodes.filter(({ id }) => id === dead);
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
  if (facts.suspected || facts.busy) return [];
  return moveTable
    .filter(({ allowed }) => allowed(facts.policy))
    .flatMap(({ kind, because, nodes }) => nodes(facts).map((node) => ({ kind, node, because })));
}

/** One that replicates again needs nothing; the next time it does is another matter. */
export function healed({ nodes }: Topology): readonly ServerId[] {
  return nodes.filter(({ role, reachable }) => role === 'replica' && reachable).map(({ id }) => id);
}
