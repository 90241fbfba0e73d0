/**
 * Candidates of operations that people gave up: each may have become a primary before it fell silent, and nobody knows.
 * Before another server is promoted it is ruled out: it answers and is made read-only, or it is put down.
 */
import { type Address, formatAddress, type OperationId, type ServerId, sameAddress } from '../identity.ts';
import type { Plan, PossibleWriter, Step } from '../plan.ts';
import type { ClusterPolicy } from '../policy.ts';
import { target } from '../switchover/switchover-steps.ts';
import type { Refusal } from '../switchover-request.ts';
import { type Node, nodeById, type Topology } from '../topology.ts';

export interface Doubt {
  readonly operation: OperationId;
  /** When it was given up, epoch milliseconds. */
  readonly at: number;
  readonly name: string;
  /** A controller that has not seen the server yet knows it by this alone. */
  readonly address: Address;
  /** Who says that it is off; it bars nobody then, and what it may have written is still to be told. */
  readonly downBy?: string;
}

export type Doubts = ReadonlyMap<ServerId, Doubt>;

export interface PossiblePrimary {
  /** As the doubt has it; `node` may have another id as long as it was not seen. */
  readonly server: ServerId;
  readonly doubt: Doubt;
  /** Undefined when no server of the cluster answers to its id or its address. */
  readonly node?: Node;
}

/** After this a promotion that was sent and lost cannot arrive any more: tcp(7), tcp_retries2 gives up after 924 s. */
const lateMs = 20 * 60_000;

/** Each of two statements and a look at what it has has the first, its agent the second for a fence and for its end. */
export const ruleOutTimes = { answerMs: 1000, agentMs: 1000 } as const;
const ruleOutMs = 3 * ruleOutTimes.answerMs + 2 * ruleOutTimes.agentMs;
const hookMarginMs = 1000;

/** Of the servers but `dead`. One that was seen read-only long afterwards was not promoted. */
export function possiblePrimaries(
  topology: Topology,
  doubts: Doubts,
  dead: ServerId,
): readonly PossiblePrimary[] {
  return [...doubts].flatMap(([server, doubt]): readonly PossiblePrimary[] => {
    const node = nodeById(topology, server) ?? nodeAt(topology, doubt.address);
    if (!node) return [{ server, doubt }];
    if (node.id === dead) return [];
    const { seen } = node;
    const late = seen && seen.writeMode !== 'writable' && seen.observedAt > doubt.at + lateMs;
    return late && doubt.downBy === undefined ? [] : [{ server, doubt, node }];
  });
}

const nodeAt = ({ nodes }: Topology, address: Address): Node | undefined =>
  nodes.find((node) => [node.address, ...node.aliases].some((own) => sameAddress(own, address)));

/** Why nobody may be promoted while `possible` is about; undefined when it can be ruled out, or at least be tried. */
export function refusePossible(
  { server, node, doubt }: PossiblePrimary,
  candidate: ServerId,
  policy: ClusterPolicy,
): Refusal | undefined {
  const refusal = { code: 'possible-primary', server } as const;
  const off = `dauphin abandon ${doubt.operation} --candidate-down, with a reason`;
  if (!node) {
    if (doubt.downBy !== undefined) return undefined;
    const where = `${doubt.name} (${formatAddress(doubt.address)})`;
    const fact = `${where} is not in this cluster any more, and ${doubt.operation} may have made it the primary`;
    return { ...refusal, fact, needs: `${doubt.name} seen to be off: ${off}` };
  }
  const { name } = node;
  if (node.reachable && node.seen?.writeMode === 'writable' && node.id !== candidate) {
    const fact = `${name} takes writes: ${doubt.operation} may have made it the primary`;
    return { ...refusal, fact, needs: `${name} made the primary (--to), or read-only` };
  }
  const tried = node.settings.agent !== undefined || policy.hooks.fence.length > 0;
  if (node.reachable || tried || doubt.downBy !== undefined) return undefined;
  return {
    ...refusal,
    fact: `${name} is silent, and ${doubt.operation} may have made it the primary before that`,
    needs: `${name} seen to be off: ${off}`,
  };
}

/** None for one that is off as a person says, until it answers again. */
export function ruleOutSteps(
  { server, node, doubt }: PossiblePrimary,
  policy: ClusterPolicy,
): readonly Step[] {
  if (!node || (doubt.downBy !== undefined && !node.reachable)) return [];
  const hooks = policy.hooks.fence;
  const agent = node.settings.agent !== undefined;
  return [
    {
      id: `rule-out:${node.name}`,
      phase: 'fence',
      // By the id under which it is remembered: so it is forgotten, too.
      action: { verb: 'rule-out', server: { ...target(node), id: server }, agent, hooks },
      title: `${node.name} takes no writes`,
      note: `${doubt.operation} may have promoted it: read-only if it answers, else put down`,
      deadlineMs: ruleOutMs + hooks.reduce((sum, { timeoutMs }) => sum + timeoutMs + hookMarginMs, 0),
      after: [],
      onFailure: 'roll-back',
    },
  ];
}

/** What a loss is weighed with. Places in the dead primary's log say nothing of what another server wrote itself. */
export function writersOf(
  possible: readonly PossiblePrimary[],
  policy: ClusterPolicy,
  places: boolean,
): readonly PossibleWriter[] {
  return possible.map((each) => {
    const { server, doubt, node } = each;
    const [step] = places ? [] : ruleOutSteps(each, policy);
    const known = node ? target(node) : { name: doubt.name, address: doubt.address };
    return { server: { ...known, id: server }, ...(step ? { ruledOut: { step: step.id } } : {}) };
  });
}

/** Those whose doubt a plan that succeeds has dealt with: they take no writes, and what they may hold was told. */
export const dealtWith = ({ steps }: Plan): readonly ServerId[] =>
  steps.flatMap(({ action }) =>
    action.verb === 'assess' ? (action.limits.possible ?? []).map(({ server }) => server.id) : [],
  );

/** What a plan does not know: it was made before another controller's operation was given up. */
export function unknownTo(plan: Plan, topology: Topology, doubts: Doubts): readonly Refusal[] {
  const known = dealtWith(plan);
  return possiblePrimaries(topology, doubts, plan.from.id)
    .filter(({ server }) => !known.includes(server))
    .map(({ server, doubt }) => ({
      code: 'possible-primary',
      server,
      fact: `${doubt.operation} was given up a moment ago, and may have made ${doubt.name} the primary`,
      needs: 'a plan that knows of it: ask again',
    }));
}
