/** The steps of a plan that reshapes a cluster. Pure: the same facts, the same steps. Each is safe to run twice. */
import { compareNames } from '../compare-names.ts';
import type { OnFailure, Phase, Step, Target } from '../plan.ts';
import { counted } from '../wording.ts';
import type { MovePace } from './cluster-shaper.ts';
import type { NodeId } from './cluster-view.ts';
import type { ReplicaMove } from './place-replicas.ts';
import type { SlotTransfer } from './slot-action.ts';
import type { RepairKind, SlotRepair } from './slot-repair.ts';
import { countSlots, formatSlots, slotsOf } from './slots.ts';

export type TargetOf = (id: NodeId) => Target;

/** For nodes to meet, to forget one, or to agree. */
const togetherMs = 45_000;
/** A bound that a person sets otherwise: each piece of the work has deadlines of its own. */
const workMs = 24 * 3_600_000;
const settingMs = 10_000;

type Shape = Pick<Step, 'id' | 'action' | 'title' | 'deadlineMs'> &
  Partial<Pick<Step, 'note' | 'after' | 'undo'>>;

function step(phase: Phase, shape: Shape, onFailure: OnFailure = 'stop'): Step {
  return { phase, after: [], onFailure, ...shape };
}

/** Those that share a server run one after the other, all others side by side. */
export function moveSteps(
  transfers: readonly SlotTransfer[],
  of: TargetOf,
  pace: MovePace = {},
): readonly Step[] {
  const ids = transfers.map(({ from, to }) => `move:${of(from).name}:${of(to).name}`);
  return transfers.map(({ from, to, slots }, at) => {
    const ends = [from, to];
    const sharing = transfers.slice(0, at).flatMap((other, index) => {
      const id = ids[index];
      return id !== undefined && (ends.includes(other.from) || ends.includes(other.to)) ? [id] : [];
    });
    return step('move', {
      id: ids[at] ?? '',
      action: {
        verb: 'move-slots',
        from: of(from),
        to: of(to),
        slots: formatSlots(slotsOf(slots)),
        pace,
      },
      title: `${of(from).name} → ${of(to).name}: ${counted(slots.length, 'slot')}`,
      after: sharing,
      deadlineMs: workMs,
    });
  });
}

export function meetStep(
  server: Target,
  members: readonly Target[],
  functionsFrom: Target | undefined,
): Step {
  const functions = functionsFrom === undefined ? {} : { functionsFrom };
  return step('join', {
    id: `meet:${server.name}`,
    action: { verb: 'meet', server, members, ...functions },
    title: `${server.name} meets ${counted(members.length, 'node')}`,
    ...(functionsFrom === undefined ? {} : { note: `with the functions of ${functionsFrom.name}` }),
    deadlineMs: togetherMs,
  });
}

const reasons: Readonly<Record<ReplicaMove['because'], string>> = {
  'orphaned-primary': 'it has no replica that lives',
  'same-host': 'a replica shared a host with its primary',
  'same-zone': 'a replica shared a zone with its primary',
  'primary-leaves': 'its primary leaves',
};

/** One after the other: while a replica copies, its new primary has one less. */
export function replicateSteps(
  moves: readonly Pick<ReplicaMove, 'replica' | 'to'>[] | readonly ReplicaMove[],
  of: TargetOf,
): readonly Step[] {
  const ids = moves.map(({ replica }) => `replicate:${of(replica).name}`);
  return moves.map((move, at) => {
    const [server, source] = [of(move.replica), of(move.to)];
    const before = ids[at - 1];
    return step('place', {
      id: ids[at] ?? '',
      action: { verb: 'replicate', server, source },
      title: `${server.name} → replica of ${source.name}`,
      note: 'because' in move ? reasons[move.because] : 'a full copy of its data',
      ...(before === undefined ? {} : { after: [before] }),
      deadlineMs: workMs,
    });
  });
}

export function forgetStep(server: Target, by: readonly Target[], reset: boolean): Step {
  return step('leave', {
    id: `forget:${server.name}`,
    action: { verb: 'forget', server, by, reset },
    title: `${server.name} forgotten by ${counted(by.length, 'node')}`,
    note: reset ? 'and told to forget them' : 'it does not answer, and still knows them',
    deadlineMs: togetherMs,
  });
}

const ends: Readonly<Record<RepairKind, (owner: string) => string>> = {
  finish: (owner) => `the move to ${owner} is finished`,
  close: (owner) => `the move is forgotten, ${owner} keeps`,
  gather: (owner) => `all keys go to their owner ${owner}`,
  'claim-empty': (owner) => `${owner} gets`,
  'claim-keys': (owner) => `${owner} gets, with all keys`,
  settle: (owner) => `of several owners ${owner} keeps`,
  tell: (owner) => `all are told that ${owner} owns`,
};

export interface RepairChoice {
  readonly withoutUnreachable: boolean;
  readonly replace: boolean;
  readonly pace: MovePace;
}

/** What is done alike to slots of one owner is one step; those that are open come first. */
export function repairSteps(
  repairs: readonly SlotRepair[],
  of: TargetOf,
  { withoutUnreachable, replace, pace }: RepairChoice,
): readonly Step[] {
  const groups = [...Map.groupBy(repairs, ({ how, owner }) => `${how}:${of(owner).name}`)];
  return groups.flatMap(([key, some], at) => {
    const [first] = some;
    if (first === undefined) return [];
    const server = of(first.owner);
    const slots = slotsOf(some.map(({ slot }) => slot));
    const before = groups[at - 1]?.[0];
    return step('mend', {
      id: `repair:${key}`,
      action: {
        verb: 'repair-slots',
        server,
        slots: formatSlots(slots),
        how: first.how,
        withoutUnreachable,
        replace,
        pace,
      },
      title: `${ends[first.how](server.name)} ${named(slots)}`,
      note: first.because,
      ...(before === undefined ? {} : { after: [`repair:${before}`] }),
      deadlineMs: workMs,
    });
  });
}

function named(slots: ReturnType<typeof slotsOf>): string {
  const text = formatSlots(slots);
  return text.length <= 24
    ? `${countSlots(slots) === 1 ? 'slot' : 'slots'} ${text}`
    : `${countSlots(slots)} slots`;
}

/** Put back on all when one refuses: nodes that differ in it suspect each other at different times. */
export function timeoutSteps(
  nodes: readonly { readonly node: Target; readonly from: number }[],
  ms: number,
): readonly Step[] {
  return nodes
    .toSorted((a, b) => compareNames(a.node.name, b.node.name))
    .map(({ node: server, from }) =>
      step(
        'configure',
        {
          id: `timeout:${server.name}`,
          action: { verb: 'set-timeout', server, ms },
          title: `${server.name} cluster-node-timeout ${ms} ms`,
          note: `was ${from} ms`,
          undo: { verb: 'set-timeout', server, ms: from },
          deadlineMs: settingMs,
        },
        'roll-back',
      ),
    );
}

/** Until they agree, another plan would be made from what some of them do not know yet. */
export function agreeStep(servers: readonly Target[]): Step {
  return step(
    'prove',
    {
      id: 'agree',
      action: { verb: 'agree', servers },
      title: 'all nodes say the same',
      deadlineMs: togetherMs,
    },
    'carry-forward',
  );
}
