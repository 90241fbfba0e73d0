/** The steps of a switchover, phase by phase, in the order of DESIGN.md. Pure: the same facts, the same steps. */
import type { Action, FollowSettings, Phase, Step, Target } from '../plan.ts';
import type { ClusterPolicy, SwitchoverPolicy } from '../policy.ts';
import { routeTraits } from '../route.ts';
import type { HandOverMode } from '../shards/hand-over-facts.ts';
import type { Node } from '../topology.ts';
import type { SeenNode } from './situation.ts';

export interface Casting {
  readonly policy: ClusterPolicy;
  readonly primary: SeenNode;
  readonly candidate: SeenNode;
  readonly movable: readonly SeenNode[];
  readonly left: readonly Node[];
  /** The freeze ends by itself, and what is under way with a command: see `Engine.freezesForAWhile`. */
  readonly demotes: boolean;
  /** Its servers hand over among themselves, in this mode. */
  readonly mode?: HandOverMode;
}

/** For one look or one round of statements on an answering server. */
const quickMs = 2000;

/** Of an undo that writers wait for. */
export const patientMs = 30_000;

/** For the candidate to keep pace once more: what it was behind before the transactions ended is of no use by now. */
const paceMs = 500;

/** A hook is killed at its own time-out; this is for the killing. */
const hookMarginMs = 1000;

export const target = (node: Node): Target => ({ id: node.id, name: node.name, address: node.address });

type Unphased = Omit<Step, 'phase'>;
type Details = Pick<Step, 'deadlineMs'> & Partial<Unphased>;

/** A step that is undone by rolling back and waits for no other, unless `details` says otherwise. */
function step(id: string, action: Action, title: string, details: Details): Unphased {
  return { id, action, title, after: [], onFailure: 'roll-back', ...details };
}

const inPhase = (phase: Phase, steps: readonly Unphased[]): readonly Step[] =>
  steps.map((each) => ({ ...each, phase }));

export const seconds = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);

function checkSteps({ policy, primary, candidate, movable }: Casting): readonly Step[] {
  const servers = [primary, candidate, ...movable].map(target);
  const hooks = policy.hooks.beforeSwitchover.map((hook, index) =>
    step(
      `hook-before:${index + 1}`,
      { verb: 'run-hook', hook, moment: 'before' },
      `hook ${hook.command[0]}`,
      {
        deadlineMs: hook.timeoutMs + hookMarginMs,
        note: `may veto; at most ${seconds(hook.timeoutMs)}`,
        after: [index === 0 ? 'prepare' : `hook-before:${index}`],
      },
    ),
  );
  return inPhase('check', [
    step('verify', { verb: 'verify' }, 'every fact looked at again', { deadlineMs: quickMs }),
    step('prepare', { verb: 'prepare', servers }, 'connections opened', {
      deadlineMs: quickMs,
      after: ['verify'],
    }),
    ...hooks,
  ]);
}

function approachSteps({ policy, primary, candidate, movable, demotes }: Casting): readonly Step[] {
  const limits = policy.switchover;
  // What comes as a stream goes on in part only under one that has as much: afterwards the new primary surely has.
  const moves = (demotes ? [] : movable).map((node) => {
    const move = followAction(node, candidate, followAsBefore(node), true);
    return step(`follow:${node.name}`, move, `${node.name} → under ${candidate.name}`, {
      deadlineMs: limits.stepMs,
      note: 'writes go on; undone if it fails',
      onFailure: node.downtimed ? 'carry-forward' : 'roll-back',
      undo: followAction(node, primary, followAsBefore(node), false),
    });
  });
  const catchUp: Action = { verb: 'catch-up', server: target(candidate), source: target(primary) };
  return inPhase('approach', [
    ...moves,
    step(`catch-up:${candidate.name}`, catchUp, `${candidate.name} catches up`, {
      deadlineMs: limits.approachMs,
      note: `while writes flow; at most ${seconds(limits.approachMs)}`,
      after: moves.map((move) => move.id),
    }),
  ]);
}

function holdSteps({ policy, primary }: Casting): readonly Step[] {
  const holds = policy.routes.map((route) =>
    step(`hold:${route.name}`, { verb: 'hold-route', route }, `${route.kind} ${route.name}`, {
      deadlineMs: quickMs,
      note: routeTraits(route).canHold ? 'new connections wait' : 'cannot hold: no frontend is configured',
      undo: { verb: 'release-route', route, to: target(primary) },
    }),
  );
  return inPhase('hold', holds);
}

function drainNote(limits: SwitchoverPolicy, primary: SeenNode): string {
  const open = primary.seen.longTransactions.length;
  const who = open === 0 ? 'open ones get' : `${open} long and any other get`;
  const then = limits.afterGrace === 'end' ? 'then end' : 'else it is given up';
  return `${who} ${seconds(limits.graceMs)}, ${then}`;
}

function freezeSteps({ policy, primary, candidate, demotes }: Casting): readonly Step[] {
  const { graceMs, afterGrace, reachMs } = policy.switchover;
  const server = target(primary);
  const drain = `drain:${primary.name}`;
  const freeze = `freeze:${primary.name}`;
  const reach: Action = { verb: 'await-position', server: target(candidate), position: { step: freeze } };
  return [
    ...inPhase('freeze', [
      ...(demotes
        ? []
        : [
            step(
              drain,
              { verb: 'drain', server, graceMs, afterGrace },
              `${primary.name} lets transactions end`,
              { deadlineMs: graceMs + quickMs, note: drainNote(policy.switchover, primary) },
            ),
          ]),
      step(
        freeze,
        { verb: 'freeze', server, once: { server: target(candidate), withinMs: paceMs } },
        `${primary.name} read-only`,
        {
          deadlineMs: paceMs + quickMs,
          note: `when ${candidate.name} keeps pace; writers wait; its position is taken`,
          after: demotes ? [] : [drain],
          undo: { verb: 'thaw', server },
          undoMs: patientMs,
        },
      ),
    ]),
    ...inPhase('reach', [
      step(`reach:${candidate.name}`, reach, `${candidate.name} has that position`, {
        deadlineMs: reachMs,
        note: `at most ${seconds(reachMs)}, else back to ${primary.name}`,
      }),
    ]),
    ...(demotes ? demoteSteps({ primary, candidate }, reachMs) : []),
  ];
}

/** Its undo is the freeze's: a primary that is thawed follows nobody. */
function demoteSteps(
  { primary, candidate }: Pick<Casting, 'primary' | 'candidate'>,
  deadlineMs: number,
): readonly Step[] {
  const action: Action = { verb: 'demote', server: target(primary), under: target(candidate) };
  return inPhase('demote', [
    step(`demote:${primary.name}`, action, `${primary.name} → under ${candidate.name}`, {
      deadlineMs,
      note: 'before there is another primary: never two of them',
    }),
  ]);
}

function promoteSteps({ policy, primary, candidate }: Casting): readonly Step[] {
  const { sourceEnabled, requiredAcks, timeoutMs } = primary.seen.semiSync;
  const promote: Action = {
    verb: 'promote',
    server: target(candidate),
    from: target(primary),
    position: { step: `freeze:${primary.name}` },
    ...(sourceEnabled ? { semiSync: { requiredAcks, timeoutMs } } : {}),
  };
  return inPhase('promote', [
    step(`promote:${candidate.name}`, promote, `${candidate.name} writable`, {
      deadlineMs: policy.switchover.stepMs,
      onFailure: 'carry-forward',
      ...(sourceEnabled ? { note: 'semi-synchronous as the old primary' } : {}),
    }),
  ]);
}

function releaseSteps({ policy, primary, candidate, demotes }: Casting): readonly Step[] {
  const details = { deadlineMs: policy.switchover.stepMs, onFailure: 'carry-forward' } as const;
  const endWriters: Action = {
    verb: 'end-writers',
    server: target(primary),
    ...(demotes ? {} : { position: { step: `freeze:${primary.name}` } }),
  };
  const releases = policy.routes.map((route) => {
    const release: Action = { verb: 'release-route', route, to: target(candidate) };
    return step(`release:${route.name}`, release, `${route.kind} ${route.name} → ${candidate.name}`, {
      ...details,
      deadlineMs: quickMs,
    });
  });
  return inPhase('release', [
    ...releases,
    step(`end-writers:${primary.name}`, endWriters, `${primary.name} sheds writers`, {
      ...details,
      note: 'sessions that could write are ended',
    }),
    ...(demotes ? [] : [retireStep({ policy, primary, candidate })]),
  ]);
}

function retireStep({
  policy,
  primary,
  candidate,
}: Pick<Casting, 'policy' | 'primary' | 'candidate'>): Unphased {
  const retire: Action = { verb: 'retire-source', server: target(candidate) };
  return step(`retire-source:${candidate.name}`, retire, `${candidate.name} forgets ${primary.name}`, {
    deadlineMs: policy.switchover.stepMs,
    onFailure: 'carry-forward',
  });
}

function followSteps({ policy, primary, candidate, movable, left, demotes }: Casting): readonly Step[] {
  const details = { deadlineMs: policy.switchover.followMs, onFailure: 'carry-forward' } as const;
  const siblings = (demotes ? movable : []).map((node) => {
    // The candidate has all that the old primary ever sent, by now; or it was restarted, and has it under another name.
    const move = followAction(node, candidate, followAsBefore(node), false);
    return step(`follow:${node.name}`, move, `${node.name} → under ${candidate.name}`, details);
  });
  const stragglers = left.map((node) => {
    const late = followAction(node, candidate, followAsBefore(node), !demotes);
    return step(`follow-late:${node.name}`, late, `${node.name} → under ${candidate.name}`, {
      ...details,
      note: 'in downtime; tried, and flagged if it cannot',
    });
  });
  const demote: Action = {
    ...followAction(
      primary,
      candidate,
      followAfterPrimary(candidate, primary.seen.semiSync.sourceEnabled),
      false,
    ),
    ...(demotes ? {} : { expect: { step: `freeze:${primary.name}` } }),
  };
  return inPhase('follow', [
    // Where one thread does everything, the first writers would wait for its configuration to be on the disk.
    ...(demotes ? [retireStep({ policy, primary, candidate })] : []),
    ...siblings,
    ...stragglers,
    step(`follow:${primary.name}`, demote, `${primary.name} → under ${candidate.name}`, {
      ...details,
      // MariaDB's error 1236: the others first, the old primary last (OpenStack bug 1754539).
      after: stragglers.map((straggler) => straggler.id),
    }),
  ]);
}

function proveSteps({ policy, primary, candidate, movable, mode }: Casting): readonly Step[] {
  const proof = mode === undefined ? ['prove'] : [];
  const seenBy = [primary, ...movable].map(target);
  const names = seenBy.map((each) => each.name).join(', ');
  const hooks = policy.hooks.afterSwitchover.map((hook, index) =>
    step(`hook-after:${index + 1}`, { verb: 'run-hook', hook, moment: 'after' }, `hook ${hook.command[0]}`, {
      deadlineMs: hook.timeoutMs + hookMarginMs,
      onFailure: 'carry-forward',
      after: index === 0 ? proof : [`hook-after:${index}`],
    }),
  );
  const prove: Action = { verb: 'prove', server: target(candidate), seenBy };
  return [
    ...inPhase('prove', [
      step('prove', prove, `the hand-over row is seen on ${names}`, {
        deadlineMs: policy.switchover.followMs,
        onFailure: 'carry-forward',
      }),
      ...hooks,
    ]),
    ...startWritable(candidate),
  ];
}

/**
 * Where its agent has it come up read-only, as a former primary does: it is the primary again, also after a restart.
 * Nobody waits for it.
 */
export function startWritable(candidate: Node, ruledOut = false): readonly Step[] {
  const { name, host, settings } = candidate;
  const known = host?.state?.startsReadOnly === true || host?.state?.fenced === true;
  if (!known && !(ruledOut && settings.agent !== undefined)) return [];
  const server = target(candidate);
  return [
    {
      id: `start-writable:${name}`,
      phase: 'prove',
      action: { verb: 'unfence', server, start: 'as-before' },
      title: `${name} comes up writable when it restarts`,
      deadlineMs: quickMs,
      after: [],
      onFailure: 'carry-forward',
    },
  ];
}

type FollowAction = Extract<Action, { verb: 'follow' }>;

function followAction(node: Node, source: Node, settings: FollowSettings, catchUp: boolean): FollowAction {
  return { verb: 'follow', server: target(node), source: target(source), settings, catchUp };
}

/** A sibling keeps every setting it has; only where it looks changes. Of them, a new host resets the heartbeat alone. */
export function followAsBefore(node: Partial<Pick<Node, 'channel'>>): FollowSettings {
  const { name: channel, heartbeatSeconds } = node.channel ?? {};
  const heartbeat = heartbeatSeconds === undefined ? {} : { heartbeatSeconds };
  return { wasPrimary: false, ...(channel ? { channel } : {}), ...heartbeat };
}

/** A server that was the primary has no settings of its own: it takes those by which another replicates or did. */
export function followAfterPrimary(
  { channel }: Partial<Pick<Node, 'channel'>>,
  semiSync: boolean,
): FollowSettings {
  return {
    wasPrimary: true,
    ...(channel?.tls.enabled ? { tls: channel.tls } : {}),
    ...(channel?.heartbeatSeconds === undefined ? {} : { heartbeatSeconds: channel.heartbeatSeconds }),
    ...(channel?.connectRetrySeconds === undefined
      ? {}
      : { connectRetrySeconds: channel.connectRetrySeconds }),
    ...(semiSync ? { semiSync: true } : {}),
  };
}

/** The servers do the rest, siblings and old primary included. */
export function handOverStep(
  candidate: Node,
  from: Node,
  { mode, fromIsDead }: { readonly mode: HandOverMode; readonly fromIsDead: boolean },
): Step {
  const action: Action = {
    verb: 'hand-over',
    server: target(candidate),
    from: target(from),
    mode,
    ...(fromIsDead ? { fromIsDead } : {}),
  };
  const details = { deadlineMs: handOverMs, note: handOverNotes[mode], onFailure: 'carry-forward' } as const;
  const [made] = inPhase('promote', [
    step(`promote:${candidate.name}`, action, `${candidate.name} is elected`, details),
  ]);
  if (!made) throw new RangeError('one step was made');
  return made;
}

/** The server's own time is 5 s; before it the nodes are asked, and afterwards what became of the old primary. */
const handOverMs = 15_000;

const handOverNotes: Readonly<Record<HandOverMode, string>> = {
  default: 'the primary holds its writes; a majority of primaries elects, and is seen to know',
  force: 'without the primary; a majority of the others elects, and is seen to know',
  takeover: 'by its own word: nobody is asked',
};

function shardSteps({ policy, primary, candidate, movable }: Casting, mode: HandOverMode): readonly Step[] {
  const casting: Casting = { policy, primary, candidate, movable, left: [], demotes: true, mode };
  return [
    ...checkSteps(casting),
    ...holdSteps(casting),
    handOverStep(candidate, primary, { mode, fromIsDead: false }),
    ...releaseSteps(casting).filter(({ action }) => action.verb === 'release-route'),
    ...proveSteps(casting).filter(({ action }) => action.verb === 'run-hook'),
  ];
}

export function switchoverSteps(casting: Casting): readonly Step[] {
  if (casting.mode !== undefined) return shardSteps(casting, casting.mode);
  return [
    ...checkSteps(casting),
    ...approachSteps(casting),
    ...holdSteps(casting),
    ...freezeSteps(casting),
    ...promoteSteps(casting),
    ...releaseSteps(casting),
    ...followSteps(casting),
    ...proveSteps(casting),
  ];
}
