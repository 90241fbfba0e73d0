/**
 * Candidates of operations that people gave up: each may have become a primary before it fell silent, and nobody knows.
 * Before another server is promoted it is ruled out: it answers and is made read-only, or it is put down.
 */
import type { OperationId, ServerId } from '../identity.ts';
import type { Plan, Step } from '../plan.ts';
import type { ClusterPolicy } from '../policy.ts';
import { target } from '../switchover/switchover-steps.ts';
import type { Refusal } from '../switchover-request.ts';
import { type Node, nodeById, type Topology } from '../topology.ts';

export interface Doubt {
  readonly operation: OperationId;
  /** When it was given up, epoch milliseconds. */
  readonly at: number;
}

export type Doubts = ReadonlyMap<ServerId, Doubt>;

export interface PossiblePrimary {
  readonly node: Node;
  readonly doubt: Doubt;
}

/** After this a promotion that was sent and lost cannot arrive any more: tcp(7), tcp_retries2 gives up after 924 s. */
const lateMs = 20 * 60_000;

const ruleOutMs = 3000;
const hookMarginMs = 1000;

/** Of the servers but `dead`. One that was seen read-only long afterwards was not promoted. */
export function possiblePrimaries(
  topology: Topology,
  doubts: Doubts,
  dead: ServerId,
): readonly PossiblePrimary[] {
  return [...doubts].flatMap(([id, doubt]) => {
    const node = nodeById(topology, id);
    if (!node || id === dead) return [];
    const { seen } = node;
    const settled = seen && seen.writeMode !== 'writable' && seen.observedAt > doubt.at + lateMs;
    return settled ? [] : [{ node, doubt }];
  });
}

/** Why nobody may be promoted while `possible` is about; undefined when it can be ruled out, or at least be tried. */
export function refusePossible(
  { node, doubt }: PossiblePrimary,
  candidate: ServerId,
  policy: ClusterPolicy,
): Refusal | undefined {
  const { id: server, name } = node;
  const refusal = { code: 'possible-primary', server } as const;
  if (node.reachable && node.seen?.writeMode === 'writable' && server !== candidate) {
    const fact = `${name} takes writes: ${doubt.operation} may have made it the primary`;
    return { ...refusal, fact, needs: `${name} made the primary (--to), or read-only` };
  }
  if (node.reachable || node.settings.agent !== undefined || policy.hooks.fence.length > 0) return undefined;
  return {
    ...refusal,
    fact: `${name} is silent, and ${doubt.operation} may have made it the primary before that`,
    needs: `${name} seen to be off: dauphin abandon ${doubt.operation} --candidate-down, with a reason`,
  };
}

export function ruleOutStep({ node, doubt }: PossiblePrimary, policy: ClusterPolicy): Step {
  const hooks = policy.hooks.fence;
  return {
    id: `rule-out:${node.name}`,
    phase: 'fence',
    action: { verb: 'rule-out', server: target(node), agent: node.settings.agent !== undefined, hooks },
    title: `${node.name} takes no writes`,
    note: `${doubt.operation} may have promoted it: read-only if it answers, else put down`,
    deadlineMs: ruleOutMs + hooks.reduce((sum, { timeoutMs }) => sum + timeoutMs + hookMarginMs, 0),
    after: [],
    onFailure: 'roll-back',
  };
}

/** Those that a plan rules out. */
export const ruledOut = ({ steps }: Plan): readonly ServerId[] =>
  steps.flatMap(({ action }) => (action.verb === 'rule-out' ? [action.server.id] : []));
