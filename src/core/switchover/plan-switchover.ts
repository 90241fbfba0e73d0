/** A request and a cluster as it is now, turned into the plan that would run, or into what stands in its way. */
import { changesToGtid } from '../failover/history.ts';
import { possiblePrimaries, ruleOutSteps } from '../failover/possible-primaries.ts';
import type { Version } from '../observation.ts';
import { type Plan, phases, type Step } from '../plan.ts';
import { routeTraits } from '../route.ts';
import type { Refusal, RequestedSwitchover } from '../switchover-request.ts';
import { primaries, replicasOf } from '../topology.ts';
import { candidateFacts, olderSeries } from './candidate-rules.ts';
import { chooseCandidate } from './choose-candidate.ts';
import { handOverAmong } from './hand-over-among.ts';
import { primaryFacts, primaryRefusals } from './primary-rules.ts';
import { sortSiblings } from './sibling-rules.ts';
import { isSeen, type Situation } from './situation.ts';
import { type Casting, switchoverSteps, target } from './switchover-steps.ts';

export type Planned =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

export interface EngineTraits {
  readonly title: string;
  /** Its read-only mode leaves privileged sessions able to write. */
  readonly privilegedMayWrite: boolean;
  readonly freezesForAWhile?: true;
  readonly handsOver?: true;
  readonly keepsNoLog?: true;
}

export function planSwitchover(
  situation: Situation,
  request: RequestedSwitchover,
  engine: EngineTraits,
): Planned {
  const primary = primaries(situation.topology)[0];
  const refused = primaryRefusals(situation, primary);
  if (refused.length > 0 || !primary || !isSeen(primary)) return { ok: false, refusals: refused };
  const choice = chooseCandidate(situation, primary, request.to);
  if (!choice.ok) return choice;
  const { candidate } = choice;
  const others = replicasOf(situation.topology, primary.id).filter((node) => node.id !== candidate.id);
  const siblings = engine.handsOver
    ? { movable: [], left: [], refusals: [] }
    : sortSiblings(others, candidate);
  if (siblings.refusals.length > 0) return { ok: false, refusals: siblings.refusals };
  const { topology, policy, doubts } = situation;
  const demotes = engine.freezesForAWhile ?? false;
  const among = handOverAmong(situation, { primary, candidate }, request);
  if (among && !among.ok) return among;
  const casting: Casting = {
    policy,
    primary,
    candidate,
    ...siblings,
    demotes,
    ...(among ? { mode: among.mode } : {}),
  };
  const possible = possiblePrimaries(topology, doubts, primary.id);
  return {
    ok: true,
    plan: {
      kind: 'switchover',
      cluster: request.cluster,
      request,
      engineTitle: engineTitle(engine, primary.seen.version),
      from: target(primary),
      to: target(candidate),
      reasons: choice.reasons,
      passedOver: choice.passedOver,
      guarantee:
        among?.guarantee ??
        `no acknowledged write is lost: ${candidate.name} has ${primary.name}'s last position before it is promoted`,
      warnings: [...(among?.warnings ?? []), ...warnings(casting, engine)],
      facts: facts(casting),
      steps: stepsWith(possible, casting),
      pointOfNoReturn: `promote:${candidate.name}`,
    },
  };
}

function stepsWith(possible: ReturnType<typeof possiblePrimaries>, casting: Casting): readonly Step[] {
  return [
    ...switchoverSteps(casting),
    ...possible.flatMap((each) => ruleOutSteps(each, casting.policy, 'check')),
  ].toSorted((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase));
}

/** `MariaDB 10.11` */
export const engineTitle = (
  { title }: Pick<EngineTraits, 'title'>,
  { product, major, minor }: Version,
): string => `${product ?? title} ${major}.${minor}`;

function facts({ primary, candidate, movable }: Casting): Plan['facts'] {
  const texts = [...primaryFacts, ...candidateFacts.map((fact) => `${candidate.name}: ${fact}`)];
  const siblings = movable.map((node) => `${node.name} can follow ${candidate.name}`);
  return [...texts, `${primary.name} is the only primary`, ...siblings].map((text) => ({ text }));
}

function warnings(
  { policy, primary, candidate, movable, left }: Casting,
  engine: EngineTraits,
): readonly string[] {
  const long = primary.seen.longTransactions[0];
  const here = primary.settings.dataCenter;
  const there = candidate.settings.dataCenter;
  return [
    ...(long && policy.switchover.afterGrace === 'end'
      ? [
          `a transaction of ${long.user} has been open for ${long.seconds} s on ${primary.name} and will be ended`,
        ]
      : []),
    ...left.map(
      (node) => `${node.name} is in downtime and not fit to move; it is tried again after the promotion`,
    ),
    ...changesToGtid([...movable, ...left.filter(isSeen)]),
    ...(olderSeries(primary.seen.version, candidate.seen.version)
      ? [
          `${primary.name} (${primary.seen.version.text}) may not be able to follow the newer ${candidate.name} (${candidate.seen.version.text})`,
        ]
      : []),
    ...(here === there
      ? []
      : [`the primary moves from ${here ?? 'no data centre'} to ${there ?? 'no data centre'}`]),
    ...(engine.privilegedMayWrite
      ? [
          `${engine.title}'s read_only does not stop accounts with READ ONLY ADMIN: after the hand-over they could write to ${primary.name}; what they do is shown as errant`,
        ]
      : []),
    ...policy.routes
      .filter((route) => !routeTraits(route).canHold)
      .map((route) => `route ${route.name} has no frontend configured: its new connections are not held`),
  ];
}
