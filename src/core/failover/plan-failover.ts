/** A judgement and a cluster as it is now, turned into the plan that would run, or into what stands in its way. */
import type { Judgement } from '../detection/testimony.ts';
import type { FindErrant } from '../distance.ts';
import type { ServerId } from '../identity.ts';
import type { LossLimits, Plan } from '../plan.ts';
import type { PositionAlgebra } from '../positions.ts';
import type { EngineTraits, Planned } from '../switchover/plan-switchover.ts';
import { isSeen, type SeenNode, type Situation } from '../switchover/situation.ts';
import { target } from '../switchover/switchover-steps.ts';
import type { RequestedSwitchover } from '../switchover-request.ts';
import { type Node, nodeById, replicasOf } from '../topology.ts';
import { counted, listing } from '../wording.ts';
import { chooseSurvivor } from './choose-survivor.ts';
import { type FailoverCasting, failoverSteps } from './failover-steps.ts';
import { survivorRules } from './survivor-rules.ts';

export interface FailoverQuestion {
  readonly situation: Situation;
  /** The primary that is held for dead. */
  readonly dead: ServerId;
  readonly judgement: Judgement;
  readonly request: RequestedSwitchover;
  readonly engine: EngineTraits & { readonly errant: FindErrant };
  readonly positions: PositionAlgebra;
}

export function planFailover(question: FailoverQuestion): Planned {
  const { situation, judgement, request, engine, positions } = question;
  const { topology, policy } = situation;
  const dead = nodeById(topology, question.dead);
  if (!dead) {
    const fact = 'the dead primary is not in this cluster any more';
    return { ok: false, refusals: [{ code: 'no-primary', fact, needs: 'a primary that was seen' }] };
  }
  if (judgement.verdict !== 'dead') return { ok: false, refusals: [notDead(dead, judgement)] };
  const choice = chooseSurvivor({ situation, dead, positions, errant: engine.errant }, request.to);
  if (!choice.ok) return choice;
  const { candidate } = choice;
  const others = replicasOf(topology, dead.id).filter(({ id }) => id !== candidate.id);
  const limits = limitsOf(dead, others, candidate, question);
  const casting: FailoverCasting = {
    policy,
    dead,
    candidate,
    survivors: others.filter(isSeen).filter((node) => isSound(node, dead, engine.errant)),
    lost: others.filter((node) => !isSeen(node) || !isSound(node, dead, engine.errant)),
    agent: dead.settings.agent !== undefined,
    limits,
  };
  return {
    ok: true,
    plan: {
      kind: 'failover',
      cluster: request.cluster,
      request,
      judgement,
      engineTitle: `${engine.title} ${candidate.seen.version.major}.${candidate.seen.version.minor}`,
      from: target(dead),
      to: target(candidate),
      reasons: choice.reasons,
      passedOver: choice.passedOver,
      guarantee: guarantee(casting),
      warnings: warnings(casting, judgement),
      facts: facts(casting, judgement),
      steps: failoverSteps(casting),
      pointOfNoReturn: `promote:${candidate.name}`,
    },
  };
}

/** It follows by GTID and has nothing that the dead primary never had: such writes must not spread to the others. */
function isSound(node: SeenNode, dead: Node, errant: FindErrant): boolean {
  const surplus = dead.seen ? errant(node.seen, dead.seen) : node.errant;
  return node.channel?.usesGtid === true && (surplus === undefined || surplus.count === 0);
}

function notDead({ id, name }: Node, { verdict, because }: Judgement) {
  return verdict === 'alive'
    ? ({
        code: 'primary-alive',
        server: id,
        fact: `${name} is alive: ${because}`,
        needs: 'a switchover, if another server is to be the primary',
      } as const)
    : ({
        code: 'primary-unsure',
        server: id,
        fact: `it is not sure that ${name} is dead: ${because}`,
        needs: 'two independent witnesses that say so',
      } as const);
}

function limitsOf(
  dead: Node,
  others: readonly Node[],
  candidate: SeenNode,
  { situation, request }: FailoverQuestion,
): LossLimits {
  const { durability, maxLoss } = situation.policy.failover;
  const proof = proofBySemiSync(dead, [candidate, ...others]);
  return {
    durability,
    maxLoss,
    ...(dead.seen === undefined ? {} : { lastSeen: dead.seen.executed }),
    ...(proof === undefined ? {} : { provenBy: proof }),
    ...(request.acceptDataLoss === undefined ? {} : { accepted: request.acceptDataLoss }),
  };
}

/**
 * With N replicas that acknowledge and K acknowledgements for each commit, any N - K + 1 of them hold every
 * acknowledged commit between them. It was on when the primary was last seen, and a time-out would have turned it
 * off: only a time-out longer than a failover can take proves that it did not.
 */
function proofBySemiSync(dead: Node, replicas: readonly Node[]): LossLimits['provenBy'] {
  const semiSync = dead.seen?.semiSync;
  if (!semiSync?.sourceEnabled || !semiSync.sourceActive || semiSync.timeoutMs < neverMs) return undefined;
  const acknowledging = replicas.filter((node) => node.seen?.semiSync.replicaEnabled);
  // One that was connected and is not known to acknowledge may be the one that did.
  const all = Math.max(acknowledging.length, semiSync.connectedReplicas);
  const survivors = all - semiSync.requiredAcks + 1;
  return {
    survivors: Math.max(1, survivors),
    among: acknowledging.map(({ name }) => ({ step: `gather:${name}` })),
    because: `every commit waited for ${counted(semiSync.requiredAcks, 'acknowledgement')} of ${listing(acknowledging.map(({ name }) => name))}`,
  };
}

/** A semi-synchronous time-out this long is taken for never: an hour. */
const neverMs = 3_600_000;

function guarantee({ dead, limits, agent, survivors }: FailoverCasting): string {
  if (agent) {
    return `no acknowledged write is lost as long as ${dead.name}'s disk can be read: what no survivor received comes from its own log`;
  }
  if (limits.provenBy && survivors.length + 1 >= limits.provenBy.survivors) {
    return `no acknowledged write is lost: ${limits.provenBy.because}`;
  }
  return `what ${dead.name} acknowledged and sent to no replica is lost, if there is anything; no agent can read its log`;
}

function warnings(casting: FailoverCasting, { testimonies }: Judgement): readonly string[] {
  const { policy, dead, lost, agent, limits } = casting;
  const gone = testimonies.some(({ says }) => says === 'gone');
  const agentAnswers = testimonies.some(({ kind, says }) => kind === 'agent' && says !== 'cannot-tell');
  return [
    ...(agent || gone || policy.hooks.fence.length > 0
      ? []
      : [
          `nothing keeps ${dead.name} from going on or coming back writable: no agent is configured for its host (servers[].agent)`,
        ]),
    ...(agent && !agentAnswers && policy.hooks.fence.length === 0
      ? [
          `nothing keeps ${dead.name} from going on for clients that still reach it: the agent on its host does not answer`,
        ]
      : []),
    ...(agent || !gone || policy.hooks.fence.length > 0
      ? []
      : [`nothing keeps ${dead.name} from coming back writable: no agent is configured for its host`]),
    ...lost.map((node) =>
      isSeen(node)
        ? `${node.name} does not replicate by GTID, or has transactions of its own, and is left where it is`
        : `${node.name} does not answer: it is left where it is, and what only it received is not looked at`,
    ),
    ...(limits.accepted ? [`${limits.accepted.by} accepts that acknowledged writes may be lost`] : []),
  ];
}

function facts({ dead, candidate, survivors }: FailoverCasting, { because }: Judgement): Plan['facts'] {
  return [
    `${dead.name} is dead: ${because}`,
    ...survivorRules.map(({ holds }) => `${candidate.name}: ${holds}`),
    ...survivors.map(({ name }) => `${name} answers`),
  ].map((text) => ({ text }));
}
