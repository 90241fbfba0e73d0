/** A judgement and a cluster as it is now, turned into the plan that would run, or into what stands in its way. */
import type { Judgement } from '../detection/testimony.ts';
import type { FindErrant } from '../distance.ts';
import type { ServerId } from '../identity.ts';
import type { LossLimits, Plan } from '../plan.ts';
import type { PositionAlgebra } from '../positions.ts';
import type { Choice } from '../switchover/choose-candidate.ts';
import type { HandOverAmong } from '../switchover/hand-over-among.ts';
import { type EngineTraits, engineTitle, type Planned } from '../switchover/plan-switchover.ts';
import { isSeen, type SeenNode, type Situation } from '../switchover/situation.ts';
import { target } from '../switchover/switchover-steps.ts';
import type { RequestedSwitchover } from '../switchover-request.ts';
import { type Node, nodeById, replicasOf } from '../topology.ts';
import { addressWarnings } from './address-warnings.ts';
import { chooseSurvivor } from './choose-survivor.ts';
import { electionFor } from './election-for.ts';
import { type FailoverCasting, failoverSteps } from './failover-steps.ts';
import { changesToGtid, historyOf } from './history.ts';
import { type Means, possiblePrimaries, refusePossible, writersOf } from './possible-primaries.ts';
import { proofBySemiSync, type SemiSyncProof } from './semi-sync-proof.ts';
import { isComparable, surplusAgainst, survivorRules } from './survivor-rules.ts';

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
  const choice = chooseSurvivor(
    { situation, dead, positions, errant: engine.errant, keepsNoLog: engine.keepsNoLog ?? false },
    request.to,
  );
  if (!choice.ok) return choice;
  const { candidate } = choice;
  const possible = possiblePrimaries(topology, situation.doubts, dead.id);
  const means = meansOf(dead, candidate, question);
  const refusals = possible.flatMap((each) => refusePossible(each, means) ?? []);
  if (refusals.length > 0) return { ok: false, refusals };
  const among = electionFor(situation, { primary: dead, candidate }, request, judgement);
  if (among && !among.ok) return among;
  const others = replicasOf(topology, dead.id).filter(({ id }) => id !== candidate.id);
  const proof = proofBySemiSync(dead, [candidate, ...others]);
  const limits = limitsOf({ dead, candidate, possible }, proof, question);
  const sound = (node: SeenNode): boolean => isSound(node, { dead, candidate }, question);
  const casting: FailoverCasting = {
    policy,
    dead,
    candidate,
    survivors: others.filter(isSeen).filter(sound),
    lost: others.filter((node) => !isSeen(node) || !sound(node)),
    agent: dead.settings.agent !== undefined,
    readsLog: dead.settings.agent !== undefined && engine.keepsNoLog !== true,
    limits,
    possible,
    ...(among ? { mode: among.mode } : {}),
  };
  return { ok: true, plan: failoverPlan(casting, { choice, among, proof }, question) };
}

interface Grounds {
  readonly choice: Extract<Choice, { ok: true }>;
  readonly among: Extract<HandOverAmong, { ok: true }> | undefined;
  readonly proof: SemiSyncProof;
}

function failoverPlan(
  casting: FailoverCasting,
  { choice, among, proof }: Grounds,
  { request, engine, judgement }: FailoverQuestion,
): Plan {
  const { dead, candidate } = casting;
  return {
    kind: 'failover',
    cluster: request.cluster,
    request,
    judgement,
    engineTitle: engineTitle(engine, candidate.seen.version),
    from: target(dead),
    to: target(candidate),
    reasons: choice.reasons,
    passedOver: choice.passedOver,
    guarantee: among?.guarantee ?? guarantee(casting, engine),
    warnings: [
      ...(among?.warnings ?? []),
      ...(among ? [] : warnings(casting, judgement)),
      ...flawOf(dead, proof),
    ],
    facts: facts(casting, judgement),
    steps: failoverSteps(casting),
    pointOfNoReturn: `promote:${candidate.name}`,
  };
}

function meansOf(
  dead: Node,
  candidate: SeenNode,
  { situation: { policy }, request, engine }: FailoverQuestion,
): Means {
  return {
    candidate: candidate.id,
    canPutDown: ({ settings }) => settings.agent !== undefined || policy.hooks.fence.length > 0,
    leavesBehind: (node) =>
      request.acceptDataLoss || !isSeen(node) ? undefined : surplusAgainst(node, dead, engine.errant),
  };
}

/**
 * It can say what it has in the candidate's words, and has nothing that the dead primary never had: such writes must not
 * spread to the others.
 */
function isSound(
  node: SeenNode,
  { dead, candidate }: Pick<FailoverCasting, 'dead' | 'candidate'>,
  { engine, positions }: FailoverQuestion,
): boolean {
  return (
    historyOf(node) === historyOf(candidate) &&
    isComparable(node, dead, positions) &&
    surplusAgainst(node, dead, engine.errant) === undefined
  );
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
  { dead, candidate, possible }: Pick<FailoverCasting, 'dead' | 'candidate' | 'possible'>,
  proof: SemiSyncProof,
  { situation: { policy }, request }: FailoverQuestion,
): LossLimits {
  const places = historyOf(candidate) === 'coordinates';
  const { durability, maxLoss } = policy.failover;
  return {
    durability,
    maxLoss,
    ...(dead.seen === undefined
      ? {}
      : {
          lastSeen: dead.seen.executed,
          lastSeenAt: dead.seen.observedAt,
          commits: dead.seen.commits,
        }),
    ...(proof.ok ? { provenBy: proof.provenBy } : {}),
    ...(possible.length === 0 ? {} : { possible: writersOf(possible, policy, places) }),
    ...(request.acceptDataLoss === undefined ? {} : { accepted: request.acceptDataLoss }),
  };
}

function guarantee(
  { dead, limits, readsLog, survivors }: FailoverCasting,
  { keepsNoLog }: EngineTraits,
): string {
  if (readsLog) {
    const { commits } = limits;
    const uptime = commits?.durable === false ? ` and its host has not restarted (${commits.text})` : '';
    return `no acknowledged write is lost as long as ${dead.name}'s disk can be read${uptime}: what no survivor received comes from its own log`;
  }
  if (limits.provenBy && survivors.length + 1 >= limits.provenBy.survivors) {
    return `no acknowledged write is lost: ${limits.provenBy.because}`;
  }
  const why = keepsNoLog ? 'it keeps no log that could be read' : 'no agent can read its log';
  return `what ${dead.name} acknowledged and sent to no replica is lost, if there is anything; ${why}`;
}

function warnings(casting: FailoverCasting, { testimonies }: Judgement): readonly string[] {
  const { policy, dead, candidate, survivors, lost, agent, limits } = casting;
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
    ...addressWarnings({ policy, dead, candidate, silent: !agent || !agentAnswers }),
    ...lost.map((node) =>
      isSeen(node)
        ? `${node.name} has no GTIDs, or has transactions of its own, and is left where it is`
        : `${node.name} does not answer: it is left where it is, and what only it received is not looked at`,
    ),
    ...changesToGtid(survivors),
    ...weakness(casting),
    ...(limits.accepted ? [`${limits.accepted.by} accepts that acknowledged writes may be lost`] : []),
  ];
}

/** What is weaker without GTIDs. */
function weakness({ candidate, dead }: FailoverCasting): readonly string[] {
  if (historyOf(candidate) !== 'coordinates') return [];
  return [
    `without GTIDs all goes by places in ${dead.name}’s log: errant transactions are not seen, and lost ones are named by places and not counted`,
    `a survivor follows ${candidate.name} only if a relay log still holds the transactions that it lacks; else it is left alone`,
  ];
}

function flawOf({ name }: Node, proof: SemiSyncProof): readonly string[] {
  if (proof.ok || proof.because === undefined) return [];
  return [`${name}'s semi-synchronous replication does not prove that nothing is lost: ${proof.because}`];
}

function facts({ dead, candidate, survivors }: FailoverCasting, { because }: Judgement): Plan['facts'] {
  return [
    `${dead.name} is dead: ${because}`,
    ...survivorRules.map(({ holds }) => `${candidate.name}: ${holds}`),
    ...survivors.map(({ name }) => `${name} answers`),
  ].map((text) => ({ text }));
}
