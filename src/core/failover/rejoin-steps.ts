/** The steps of a rejoin: start, compare, save, restore, follow, prove. */

import type { Engine } from '../engine.ts';
import type { Observation } from '../observation.ts';
import type { Action, Phase, Replacement, Step } from '../plan.ts';
import type { ClusterPolicy, RepairMeans, RestoreMeans } from '../policy.ts';
import type { EngineTraits } from '../switchover/plan-switchover.ts';
import { isSeen, type SeenNode } from '../switchover/situation.ts';
import { followAfterPrimary, target } from '../switchover/switchover-steps.ts';
import { type Node, replicasOf, type Topology } from '../topology.ts';

/** A copy of a large server takes hours; it is watched by its state, and this only ends one that hangs for good. */
export const copyMs = 12 * 3_600_000;

export interface RejoinCasting {
  readonly node: Node;
  readonly seen: Observation;
  readonly primary: SeenNode;
  readonly topology: Topology;
  readonly policy: ClusterPolicy;
  readonly engine: EngineTraits & Pick<Engine, 'restores' | 'errant'>;
  readonly replacement: Replacement | undefined;
}

type Copied = Pick<RejoinCasting, 'node' | 'primary' | 'topology' | 'engine'>;

/** Of those that are asked for, in that order, what the engine can do, and a copy only where there is a donor. */
export const usableMeans = <Means extends RepairMeans>(
  asked: readonly Means[],
  casting: Copied,
): readonly Means[] =>
  asked
    .filter((means) => casting.engine.restores[means] !== false)
    .filter((means) => means !== 'clone' || donorsOf(casting).length > 0);

export const meansOf = (casting: RejoinCasting): readonly RestoreMeans[] =>
  usableMeans(casting.policy.failover.restore, casting);

/** A replica is the better donor: nobody waits for it. Only one that could be copied to it. */
export function donorsOf({ node, primary, topology, engine }: Copied): readonly SeenNode[] {
  const fellows = replicasOf(topology, primary.id)
    .filter(isSeen)
    .filter((fellow) => fellow.id !== node.id && fellow.errant === undefined)
    .filter(
      ({ channel, seen }) =>
        channel?.receiver === 'running' && channel.applier === 'running' && seen.log.logsReplicated,
    );
  return [...fellows, primary].filter(
    ({ seen }) => !node.seen || engine.restores.copyable(node.seen.version, seen.version) === undefined,
  );
}

function restoreNote(casting: RejoinCasting): string {
  const { policy, engine } = casting;
  if (policy.failover.restore.length === 0) return 'not allowed: failover.restore is empty';
  const [donor] = donorsOf(casting);
  const costs: Readonly<Record<RestoreMeans, string>> = {
    flashback: 'flashback: its own changes are reversed; its binary log begins anew',
    clone: `clone: all its data is replaced by a copy of ${donor?.name ?? 'another server'}`,
  };
  const ways = meansOf(casting).map((means) => costs[means]);
  return ways.length === 0
    ? `${engine.title} can do nothing of what failover.restore allows`
    : `if it has any; by ${ways.join(', else ')}`;
}

type Details = Pick<Step, 'title' | 'deadlineMs'> & Partial<Step>;

/** Until it follows, what was begun is left as it is; from then on it is carried forward. */
function step(phase: Phase, id: string, action: Action, details: Details): Step {
  const onFailure = phase === 'follow' || phase === 'prove' ? 'carry-forward' : 'roll-back';
  return { id, phase, action, after: [], onFailure, ...details };
}

function startSteps({ node, policy }: RejoinCasting): readonly Step[] {
  if (node.settings.agent === undefined) return [];
  const action: Action = { verb: 'unfence', server: target(node), start: 'read-only' };
  return [
    step('check', `start:${node.name}`, action, {
      title: `${node.name} started, read-only`,
      note: 'by its agent, if it is down',
      deadlineMs: policy.failover.levelMs,
    }),
  ];
}

function restoreSteps(casting: RejoinCasting): readonly Step[] {
  const { node, primary, policy, replacement, engine } = casting;
  const [server, source] = [target(node), target(primary)];
  const means = meansOf(casting);
  const [compare, save] = [`compare:${node.name}`, `save:${node.name}`];
  const { levelMs } = policy.failover;
  const saving: Action = {
    verb: 'save',
    server,
    primary: source,
    surplus: { step: compare },
    ...(replacement === undefined ? {} : { replacement }),
  };
  const restoring: Action = {
    verb: 'restore',
    server,
    primary: source,
    saved: { step: save },
    means,
    donors: donorsOf(casting).map(target),
  };
  const comparing = step(
    'compare',
    compare,
    { verb: 'compare', server, primary: source, ...(replacement === undefined ? {} : { replacement }) },
    {
      title: `${node.name} against ${primary.name}`,
      note: 'read-only; what does it alone have?',
      deadlineMs: levelMs,
    },
  );
  if (engine.restores.byFollowing) return [comparing];
  return [
    comparing,
    step('restore', save, saving, {
      title: `what only ${node.name} has is saved`,
      note: 'as a file on the controller, by its agent',
      deadlineMs: levelMs,
    }),
    step('restore', `restore:${node.name}`, restoring, {
      title: `${node.name} gives up what it alone has`,
      note: restoreNote(casting),
      deadlineMs: means.includes('clone') ? copyMs : levelMs,
      after: [save],
    }),
  ];
}

/** Only agents keep what a copy replaces. `proof`: the steps of its phase that it waits for. */
export function settleSteps(
  { node, policy, engine }: Pick<RejoinCasting, 'node' | 'policy' | 'engine'>,
  proof: readonly Step[],
): readonly Step[] {
  const { keepOldData, followMs } = policy.failover;
  if (engine.restores.clone !== 'agents' || node.settings.agent === undefined) return [];
  return [
    step(
      'prove',
      `settle-copy:${node.name}`,
      { verb: 'settle-copy', server: target(node), keepOldData },
      {
        title: keepOldData
          ? 'data that a copy replaced is kept aside'
          : 'data that a copy replaced is removed',
        note: 'if there was a copy, and it is seen to follow',
        deadlineMs: followMs,
        after: proof.map(({ id }) => id),
      },
    ),
  ];
}

export function rejoinSteps(casting: RejoinCasting): readonly Step[] {
  const { node, seen, primary, topology, policy } = casting;
  const [server, source] = [target(node), target(primary)];
  const fellow = replicasOf(topology, primary.id).find(isSeen);
  const settings = followAfterPrimary(
    fellow ?? {},
    seen.semiSync.sourceEnabled || fellow?.seen?.semiSync.replicaEnabled === true,
  );
  const { followMs: deadlineMs } = policy.failover;
  const proving: Action = { verb: 'prove', server: source, seenBy: [server] };
  const prove = step('prove', 'prove', proving, {
    title: `the hand-over row is seen on ${node.name}`,
    deadlineMs,
  });
  return [
    ...startSteps(casting),
    ...restoreSteps(casting),
    step(
      'follow',
      `follow:${node.name}`,
      { verb: 'follow', server, source, settings, catchUp: false },
      {
        title: `${node.name} → under ${primary.name}`,
        deadlineMs,
      },
    ),
    prove,
    ...(meansOf(casting).includes('clone') ? settleSteps(casting, [prove]) : []),
  ];
}
