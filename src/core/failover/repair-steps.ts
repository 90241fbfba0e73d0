/** The steps of a repair: stop, compare, save, then take back or reconcile, follow again, prove. */

import type { Action, FollowSettings, Phase, Step } from '../plan.ts';
import type { RestoreMeans } from '../policy.ts';
import { position } from '../positions.ts';
import { followAfterPrimary, followAsBefore, target } from '../switchover/switchover-steps.ts';
import { channelsOf } from './failover-steps.ts';
import { copyMs, donorsOf, settleSteps } from './rejoin-steps.ts';
import type { RepairCasting } from './repair-casting.ts';

type Details = Pick<Step, 'title' | 'deadlineMs'> & Partial<Step>;

function step(phase: Phase, id: string, action: Action, details: Details): Step {
  const onFailure = phase === 'follow' || phase === 'prove' ? 'carry-forward' : 'roll-back';
  return { id, phase, action, after: [], onFailure, ...details };
}

export function repairSteps(casting: RepairCasting): readonly Step[] {
  const { node, primary, policy } = casting;
  const { levelMs, stepMs } = policy.failover;
  const server = target(node);
  const [stop, compare] = [`stop:${node.name}`, `compare:${node.name}`];
  return [
    step(
      'compare',
      stop,
      { verb: 'stop-replicating', server },
      {
        title: `${node.name} stops replicating`,
        note: 'so that what it has stands still',
        deadlineMs: stepMs,
        undo: { verb: 'restore-replication', server, channels: channelsOf(node) },
      },
    ),
    step(
      'compare',
      compare,
      { verb: 'compare', server, primary: target(primary) },
      {
        title: `${node.name} against ${primary.name}`,
        note: 'read-only; what does it alone have?',
        deadlineMs: levelMs,
        after: [stop],
      },
    ),
    ...saveSteps(casting, compare),
    ...(casting.means.includes('empty') ? [emptyStep(casting, compare)] : [restoreStep(casting)]),
    ...followSteps(casting),
  ];
}

/** With an agent always. Where nothing is taken back, a log that cannot be read any more is no reason to stop. */
function saveSteps({ node, primary, policy, means }: RepairCasting, compare: string): readonly Step[] {
  if (node.settings.agent === undefined) return [];
  const action: Action = {
    verb: 'save',
    server: target(node),
    primary: target(primary),
    surplus: { step: compare },
  };
  return [
    step('restore', `save:${node.name}`, action, {
      title: `what only ${node.name} has is saved`,
      note: 'as a file on the controller, by its agent',
      deadlineMs: policy.failover.levelMs,
      onFailure: means.includes('empty') ? 'carry-forward' : 'roll-back',
    }),
  ];
}

function restoreStep(casting: RepairCasting): Step {
  const { node, primary, policy } = casting;
  const means = casting.means.filter((each): each is RestoreMeans => each !== 'empty');
  const donors = donorsOf(casting);
  const action: Action = {
    verb: 'restore',
    server: target(node),
    primary: target(primary),
    saved: { step: `save:${node.name}` },
    means,
    donors: donors.map(target),
  };
  const costs: Readonly<Record<RestoreMeans, string>> = {
    flashback: 'flashback: its own changes are reversed; its binary log begins anew',
    clone: `clone: all its data is replaced by a copy of ${donors[0]?.name}`,
  };
  return step('restore', `restore:${node.name}`, action, {
    title: `${node.name} gives up what it alone has`,
    note: `by ${means.map((each) => costs[each]).join(', else ')}`,
    deadlineMs: means.includes('clone') ? copyMs : policy.failover.levelMs,
    after: [`save:${node.name}`],
  });
}

function emptyStep({ node, primary, policy }: RepairCasting, compare: string): Step {
  const action: Action = {
    verb: 'commit-empty',
    server: target(primary),
    replica: target(node),
    surplus: { step: compare },
    planned: position(node.errant.text),
  };
  return step('restore', `commit-empty:${primary.name}`, action, {
    title: `empty transactions of these names on ${primary.name}`,
    note: `${node.name}'s rows stay as they are`,
    deadlineMs: policy.failover.levelMs,
    after: node.settings.agent === undefined ? [] : [`save:${node.name}`],
  });
}

/** One that was made anew has its donor's settings, or none. */
function anewOf({ node: { channel, seen } }: RepairCasting): FollowSettings {
  const { name, delaySeconds = 0 } = channel ?? {};
  return {
    ...followAfterPrimary({ ...(channel && { channel }) }, seen.semiSync.replicaEnabled),
    ...(name ? { channel: name } : {}),
    ...(delaySeconds > 0 ? { delaySeconds } : {}),
  };
}

function followSteps(casting: RepairCasting): readonly Step[] {
  const { node, source, primary, policy } = casting;
  const { followMs: deadlineMs } = policy.failover;
  const follow: Action = {
    verb: 'follow',
    server: target(node),
    source: target(source),
    settings: followAsBefore(node),
    anew: anewOf(casting),
    catchUp: false,
  };
  const prove: Action = { verb: 'prove', server: target(primary), seenBy: [target(node)] };
  // One that lags on purpose would be waited for as long.
  const lags = (node.channel?.delaySeconds ?? 0) > 0;
  const proof = lags
    ? []
    : [step('prove', 'prove', prove, { title: `the hand-over row is seen on ${node.name}`, deadlineMs })];
  return [
    step('follow', `follow:${node.name}`, follow, {
      title: `${node.name} → under ${source.name}`,
      deadlineMs,
    }),
    ...proof,
    ...(casting.means.includes('clone') ? settleSteps(casting, proof) : []),
  ];
}
