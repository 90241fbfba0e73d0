/**
 * Candidates of operations that people gave up: each may have become a primary before it fell silent, and nobody knows.
 * Before another server is promoted it is ruled out: it answers and is made read-only, or it is put down.
 */
import { type Address, formatAddress, type ServerId, sameAddress } from '../identity.ts';
import type { Plan, PossibleWriter, Step, Target } from '../plan.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { PositionGap } from '../positions.ts';
import { patientMs, target } from '../switchover/switchover-steps.ts';
import type { Refusal } from '../switchover-request.ts';
import { type Node, nodeById, type Topology } from '../topology.ts';
import type { Doubt, Doubts } from './doubt.ts';

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

/** Whether `node` is one of them. */
export const isPossible = (
  node: Node,
  { topology, doubts }: { readonly topology: Topology; readonly doubts: Doubts },
  dead: ServerId,
): boolean => possiblePrimaries(topology, doubts, dead).some((each) => each.node?.id === node.id);

/** What a plan can do about a possible primary, and what it would leave behind on it. */
export interface Means {
  /** Who is to be promoted, where that may be the possible primary itself. */
  readonly candidate?: ServerId;
  /** One that is silent. */
  canPutDown(node: Node): boolean;
  /** What it alone has and nobody has accepted to lose. */
  leavesBehind(node: Node): PositionGap | undefined;
}

/** By a switchover: one that is silent is not put down for it, and one with transactions of its own is in its way anyhow. */
export const byAsking: Means = { canPutDown: () => false, leavesBehind: () => undefined };

/** Why nobody may be promoted while `possible` is about; undefined when it can be ruled out, or at least be tried. */
export function refusePossible(
  { server, node, doubt }: PossiblePrimary,
  { candidate, canPutDown, leavesBehind }: Means,
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
  if (!node.reachable) {
    if (doubt.downBy !== undefined || canPutDown(node)) return undefined;
    const fact = `${name} is silent, and ${doubt.operation} may have made it the primary before that`;
    return { ...refusal, fact, needs: `${name} seen to be off: ${off}` };
  }
  if (node.id === candidate) return undefined;
  const maybe = `${doubt.operation} may have made it the primary`;
  if (node.seen?.writeMode === 'writable') {
    const promoted = candidate === undefined ? '' : ` made the primary (--to ${name}), or`;
    return { ...refusal, fact: `${name} takes writes: ${maybe}`, needs: `${name}${promoted} read-only` };
  }
  const left = leavesBehind(node);
  if (!left) return undefined;
  return {
    ...refusal,
    fact: `${name} alone has ${left.text}: ${maybe}`,
    needs: `${name} made the primary (--to ${name}), or a person’s word: --accept-data-loss`,
  };
}

/**
 * None for one that is off as a person says, until it answers again. In the phase `check`, of a switchover, it is only
 * asked: what was sent to promote it may still be under way there.
 */
export function ruleOutSteps(
  { server, node, doubt }: PossiblePrimary,
  policy: ClusterPolicy,
  phase: 'fence' | 'check' = 'fence',
): readonly Step[] {
  if (!node || (doubt.downBy !== undefined && !node.reachable)) return [];
  const mayPutDown = phase === 'fence';
  const hooks = mayPutDown ? policy.hooks.fence : [];
  const agent = mayPutDown && node.settings.agent !== undefined;
  const known = { ...target(node), id: server };
  const undo = node.seen?.writeMode === 'writable' ? thawed(known) : startedAgain(known);
  return [
    {
      id: `rule-out:${node.name}`,
      phase,
      // By the id under which it is remembered: so it is forgotten, too.
      action: { verb: 'rule-out', server: known, agent, hooks },
      title: `${node.name} takes no writes`,
      note: `${doubt.operation} may have promoted it: read-only if it answers${mayPutDown ? ', else put down' : ''}`,
      deadlineMs: ruleOutMs + hooks.reduce((sum, { timeoutMs }) => sum + timeoutMs + hookMarginMs, 0),
      // Sessions that are being opened would be taken for left ones.
      after: mayPutDown ? [] : ['prepare'],
      onFailure: 'roll-back',
      ...(mayPutDown ? undo : {}),
    },
  ];
}

type Undo = Pick<Step, 'undo' | 'undoMs'>;

const thawed = (server: Target): Undo => ({
  undo: { verb: 'unfence', server, start: 'as-before' },
  undoMs: patientMs,
});

/** In case it was put down: a replica that was only made read-only is as it was. */
const startedAgain = (server: Target): Undo => ({ undo: { verb: 'unfence', server, start: 'read-only' } });

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

/** Of which it says how they are ruled out, or that they cannot be asked. */
const knownTo = ({ steps }: Plan): readonly ServerId[] =>
  steps.flatMap(({ action }) => {
    if (action.verb === 'rule-out') return [action.server.id];
    return action.verb === 'assess' ? (action.limits.possible ?? []).map(({ server }) => server.id) : [];
  });

/**
 * What a plan that promotes somebody does not know: it was made before another controller's operation was given up. One
 * that is off, as a person says, matters to a failover alone, which tells what it may have taken.
 */
export function unknownTo(plan: Plan, topology: Topology, doubts: Doubts): readonly Refusal[] {
  const known = knownTo(plan);
  const matters = ({ doubt, node }: PossiblePrimary): boolean =>
    plan.kind === 'failover' || doubt.downBy === undefined || node?.reachable === true;
  return possiblePrimaries(topology, doubts, plan.from.id)
    .filter((each) => matters(each) && !known.includes(each.server))
    .map(({ server, doubt }) => ({
      code: 'possible-primary',
      server,
      fact: `${doubt.operation} was given up a moment ago, and may have made ${doubt.name} the primary`,
      needs: 'a plan that knows of it: ask again',
    }));
}
