/** The steps of a failover, phase by phase: confirm, fence, gather, salvage, level, promote, release, follow, prove. */
import { inquestAtMostMs } from '../detection/inquest-time.ts';
import type { Action, ChannelState, LossLimits, Phase, PositionOf, Step } from '../plan.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { HandOverMode } from '../shards/hand-over-facts.ts';
import type { SeenNode } from '../switchover/situation.ts';
import {
  followAsBefore,
  handOverStep,
  patientMs,
  seconds,
  startWritable,
  target,
} from '../switchover/switchover-steps.ts';
import type { Node } from '../topology.ts';
import { historyOf } from './history.ts';
import { followFromPlace, placeOfDead, survivorsOf } from './place-steps.ts';
import { type PossiblePrimary, ruleOutSteps } from './possible-primaries.ts';

export interface FailoverCasting {
  readonly policy: ClusterPolicy;
  readonly dead: Node;
  readonly candidate: SeenNode;
  /** The other replicas that answer. */
  readonly survivors: readonly SeenNode[];
  /** Replicas that do not answer, or cannot be put under another. */
  readonly lost: readonly Node[];
  /** An agent is configured for the dead primary's host. */
  readonly agent: boolean;
  /** That agent can read its log. */
  readonly readsLog: boolean;
  readonly limits: LossLimits;
  /** Its servers elect among themselves, in this mode. */
  readonly mode?: HandOverMode;
  /** Candidates of abandoned operations. */
  readonly possible: readonly PossiblePrimary[];
}

/** For one look or one round of statements on an answering server. */
const quickMs = 2000;
/** A sibling that does not answer by then is gone on without. */
const siblingMs = 1000;
/** MySQL takes two seconds to stop a receiver that waits for its source's answer (seen on 9.7). */
const waitingReceiverMs = 3000;
const fenceMs = 1000;
const hookMarginMs = 1000;

type Details = Pick<Step, 'deadlineMs'> & Partial<Step>;

/** Undone by rolling back and waiting for no other, unless `details` says otherwise. */
function step(
  phase: Phase,
  [id, title]: readonly [id: string, title: string],
  action: Action,
  details: Details,
): Step {
  return { id, phase, action, title, after: [], onFailure: 'roll-back', ...details };
}

const gathered = ({ name }: Node): PositionOf => ({ step: `gather:${name}` });

function confirmSteps({ policy, dead, candidate, survivors }: FailoverCasting): readonly Step[] {
  const prepare = (node: SeenNode): Step =>
    step(
      'confirm',
      [`prepare:${node.name}`, `${node.name} ready`],
      { verb: 'prepare', servers: [target(node)], noFreeze: true },
      {
        deadlineMs: siblingMs,
        onFailure: node.id === candidate.id ? 'roll-back' : 'carry-forward',
        note: 'connections opened',
      },
    );
  const hooks = policy.hooks.beforeFailover.map((hook, index) =>
    step(
      'confirm',
      [`hook-before:${index + 1}`, `hook ${hook.command[0]}`],
      { verb: 'run-hook', hook, moment: 'before' },
      {
        deadlineMs: hook.timeoutMs + hookMarginMs,
        note: `may veto; at most ${seconds(hook.timeoutMs)}`,
        after: index === 0 ? [] : [`hook-before:${index}`],
      },
    ),
  );
  const confirm = step(
    'confirm',
    [`confirm:${dead.name}`, `${dead.name} is dead`],
    { verb: 'confirm', server: target(dead) },
    {
      deadlineMs: inquestAtMostMs(policy.detection) + quickMs,
      note: 'every witness is asked once more',
      // A primary may come back while a hook runs; the fence would end it.
      after: hooks.slice(-1).map(({ id }) => id),
    },
  );
  return [...hooks, confirm, prepare(candidate), ...survivors.map(prepare)];
}

function fenceSteps({ policy, dead, agent, possible }: FailoverCasting): readonly Step[] {
  const server = target(dead);
  const hooks = policy.hooks.fence;
  const ruledOut = possible.flatMap((each) => ruleOutSteps(each, policy));
  const holds = policy.routes.map((route) =>
    step(
      'fence',
      [`hold:${route.name}`, `${route.kind} ${route.name} held`],
      { verb: 'hold-route', route },
      {
        deadlineMs: quickMs,
        note: 'new connections wait',
        onFailure: 'carry-forward',
        undo: { verb: 'release-route', route, to: server },
      },
    ),
  );
  return [
    ...holds,
    step(
      'fence',
      [`fence:${dead.name}`, `${dead.name} kept down`],
      { verb: 'fence', server, agent, hooks },
      {
        deadlineMs: fenceMs + hooks.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0),
        note: fenceNote(agent, hooks.length > 0),
        onFailure: 'carry-forward',
        // Where another takes writes already, it does not come back to make two of them.
        undo: { verb: 'unfence', server, start: ruledOut.some(takesWrites) ? 'read-only' : 'as-before' },
        undoMs: patientMs,
      },
    ),
    ...ruledOut,
  ];
}

const takesWrites = ({ undo }: Step): boolean => undo?.verb === 'unfence' && undo.start === 'as-before';

function fenceNote(agent: boolean, hook: boolean): string {
  const byHook = 'a hook says that it is down';
  if (agent) return `its agent ends it and keeps it from starting${hook ? `, else ${byHook}` : ''}`;
  return hook ? byHook : 'made read-only if it answers; there is no agent';
}

function gatherSteps({ candidate, survivors, policy }: FailoverCasting): readonly Step[] {
  return [candidate, ...survivors].map((node) =>
    step(
      'gather',
      [`gather:${node.name}`, `${node.name} stops receiving`],
      { verb: 'gather', server: target(node) },
      {
        deadlineMs: gatherMs(node, node.id === candidate.id, policy),
        note: 'and says what it has received',
        onFailure: node.id === candidate.id ? 'roll-back' : 'carry-forward',
        // Levelling may have put the candidate under another source meanwhile.
        undo: { verb: 'restore-replication', server: target(node), channels: channelsOf(node) },
      },
    ),
  );
}

/** As they were seen last; a receiver that tries to reach the dead primary runs. */
export function channelsOf({ seen }: SeenNode): readonly ChannelState[] {
  return seen.channels.map((channel) => {
    const { source, receiver, applier, delaySeconds } = channel;
    const settings = { ...followAsBefore({ channel }), ...(delaySeconds > 0 ? { delaySeconds } : {}) };
    return { source, settings, receiver: receiver === 'stopped' ? 'stopped' : 'running', applier };
  });
}

/** How long reading takes grows with what waits to be applied: the candidate is given the time for applying it. */
function gatherMs(node: SeenNode, isCandidate: boolean, { failover }: ClusterPolicy): number {
  const waits = node.channel?.receiver === 'connecting' && node.channel.receiverError === undefined;
  const stopMs = waits ? waitingReceiverMs : siblingMs;
  const reads = readsItsLog(node);
  if (isCandidate) return Math.max(stopMs, failover.stepMs, reads ? failover.levelMs : 0);
  return reads ? Math.max(stopMs, failover.stepMs) : stopMs;
}

/** Only its relay log tells what it has received: the status of a server without GTIDs says nothing of it. */
function readsItsLog(node: SeenNode): boolean {
  const { channel } = node;
  return channel?.usesGtid === false && (channel.received === undefined || historyOf(node) === 'coordinates');
}

function salvageSteps({
  policy,
  dead,
  candidate,
  survivors,
  readsLog,
  limits,
}: FailoverCasting): readonly Step[] {
  const server = target(dead);
  const salvage = `salvage:${dead.name}`;
  const reading: readonly Step[] = readsLog
    ? [
        step(
          'salvage',
          [salvage, `${dead.name}'s log is read`],
          { verb: 'salvage', server, survivors: [gathered(candidate)] },
          {
            deadlineMs: policy.failover.salvageMs,
            note: `what ${candidate.name} has not received; at most ${seconds(policy.failover.salvageMs)}`,
            onFailure: 'carry-forward',
          },
        ),
      ]
    : [];
  const assess: Action = {
    verb: 'assess',
    server,
    survivors: [candidate, ...survivors].map(gathered),
    ...(readsLog ? { tail: { step: salvage } } : {}),
    limits,
  };
  return [
    ...reading,
    step('salvage', ['assess', 'what would be lost is weighed'], assess, {
      deadlineMs: quickMs,
      note: weighing(limits),
      after: reading.map(({ id }) => id),
    }),
  ];
}

function weighing({ durability, maxLoss, accepted }: LossLimits): string {
  if (accepted) return `accepted by ${accepted.by}`;
  const limit = maxLoss === 'any' ? 'no limit' : `at most ${maxLoss} transactions`;
  return `${durability}, ${limit}`;
}

function levelSteps(casting: FailoverCasting): readonly Step[] {
  const { policy, dead, candidate, readsLog } = casting;
  const lastSeen = placeOfDead(casting);
  const what = {
    server: target(candidate),
    survivors: survivorsOf(casting, gathered),
    ...(readsLog ? { tail: { step: `salvage:${dead.name}` } } : {}),
  };
  const level: Action =
    lastSeen === undefined ? { verb: 'level', ...what } : { verb: 'level-by-place', ...what, lastSeen };
  return [
    step('level', [`level:${candidate.name}`, `${candidate.name} applies all of it`], level, {
      deadlineMs: policy.failover.levelMs,
      note: `what any survivor received${readsLog ? ' and what was salvaged' : ''}`,
    }),
  ];
}

function promoteSteps({ policy, dead, candidate }: FailoverCasting): readonly Step[] {
  const semiSync = dead.seen?.semiSync;
  const promote: Action = {
    verb: 'promote',
    server: target(candidate),
    from: target(dead),
    ...(semiSync?.sourceEnabled
      ? { semiSync: { requiredAcks: semiSync.requiredAcks, timeoutMs: semiSync.timeoutMs, required: false } }
      : {}),
  };
  return [
    step('promote', [`promote:${candidate.name}`, `${candidate.name} writable`], promote, {
      deadlineMs: policy.failover.stepMs,
      onFailure: 'carry-forward',
    }),
  ];
}

function releaseSteps({ policy, candidate }: FailoverCasting): readonly Step[] {
  const forward = { deadlineMs: quickMs, onFailure: 'carry-forward' } as const;
  return [
    ...policy.routes.map((route) => {
      const release: Action = { verb: 'release-route', route, to: target(candidate) };
      return step(
        'release',
        [`release:${route.name}`, `${route.kind} ${route.name} → ${candidate.name}`],
        release,
        forward,
      );
    }),
    step(
      'release',
      [`retire-source:${candidate.name}`, `${candidate.name} forgets its source`],
      { verb: 'retire-source', server: target(candidate) },
      { ...forward, deadlineMs: policy.failover.stepMs },
    ),
  ];
}

function followSteps(casting: FailoverCasting): readonly Step[] {
  const { policy, candidate, survivors } = casting;
  const byPlace = placeOfDead(casting) !== undefined;
  return survivors.map((node) => {
    const places = { step: `level:${candidate.name}` };
    const action: Action = byPlace
      ? followFromPlace(casting, node, { gathered: gathered(node), places })
      : {
          verb: 'follow',
          server: target(node),
          source: target(candidate),
          settings: followAsBefore(node),
          catchUp: false,
        };
    return step('follow', [`follow:${node.name}`, `${node.name} → under ${candidate.name}`], action, {
      deadlineMs: policy.failover.followMs,
      onFailure: 'carry-forward',
    });
  });
}

function proveSteps({ policy, candidate, survivors, possible, mode }: FailoverCasting): readonly Step[] {
  const seenBy = survivors.map(target);
  const names = seenBy.length === 0 ? candidate.name : seenBy.map(({ name }) => name).join(', ');
  const hooks = policy.hooks.afterFailover.map((hook, index) =>
    step(
      'prove',
      [`hook-after:${index + 1}`, `hook ${hook.command[0]}`],
      { verb: 'run-hook', hook, moment: 'after' },
      {
        deadlineMs: hook.timeoutMs + hookMarginMs,
        onFailure: 'carry-forward',
        after: index > 0 ? [`hook-after:${index}`] : mode === undefined ? ['prove'] : [],
      },
    ),
  );
  return [
    step(
      'prove',
      ['prove', `the hand-over row is seen on ${names}`],
      { verb: 'prove', server: target(candidate), seenBy },
      { deadlineMs: policy.failover.followMs, onFailure: 'carry-forward' },
    ),
    ...hooks,
    ...startWritable(
      candidate,
      possible.some(({ node }) => node?.id === candidate.id),
    ),
  ];
}

/** The servers elect, and put themselves under the one that is elected, the dead one included once it is back. */
function electionSteps(casting: FailoverCasting, mode: HandOverMode): readonly Step[] {
  const { dead, candidate } = casting;
  return [
    ...confirmSteps(casting),
    ...gatherSteps(casting).map(({ undo: _, ...step }) => step),
    ...salvageSteps(casting),
    handOverStep(candidate, dead, { mode, fromIsDead: true }),
    ...releaseSteps(casting).filter(({ action }) => action.verb === 'release-route'),
    ...proveSteps(casting).filter(({ action }) => action.verb === 'run-hook'),
  ];
}

export function failoverSteps(casting: FailoverCasting): readonly Step[] {
  if (casting.mode !== undefined) return electionSteps(casting, casting.mode);
  return [
    ...confirmSteps(casting),
    ...fenceSteps(casting),
    ...gatherSteps(casting),
    ...salvageSteps(casting),
    ...levelSteps(casting),
    ...promoteSteps(casting),
    ...releaseSteps(casting),
    ...followSteps(casting),
    ...proveSteps(casting),
  ];
}
