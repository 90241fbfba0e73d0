/** What the verbs of a reshape do: each is one or more pieces of work that the engine carries out. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { StepOutput } from '../../core/operation.ts';
import type { Target } from '../../core/plan.ts';
import type { MoveProgress, ShapeOptions, ShapeWork } from '../../core/shards/cluster-shaper.ts';
import { listSlots, parseSlots, type SlotSet } from '../../core/shards/slots.ts';
import { counted } from '../../core/wording.ts';
import type { Of, Run } from './run.ts';

/** One after the other. Throws `abandoned` where it was stopped, `verification-failed` where it cannot go on. */
async function carryOut(
  works: readonly ShapeWork[],
  run: Run,
  {
    involved,
    call,
    ...options
  }: ShapeOptions & { readonly involved: readonly Target[]; readonly call: Call },
): Promise<{ readonly moved?: MoveProgress; readonly notes: readonly string[] }> {
  const left = countdown(run.surroundings.clock, call);
  const { halt, tell } = run;
  const notes: string[] = [];
  let moved: MoveProgress | undefined;
  for (const work of works) {
    if (halt?.aborted === true) throw new Fault('abandoned', 'stopped before it began');
    const shaped = await run.surroundings.shape(
      work,
      involved,
      {
        ...options,
        ...(halt === undefined ? {} : { stop: halt }),
        ...(tell === undefined ? {} : { onProgress: tell }),
      },
      left(),
    );
    moved = shaped.moved ?? moved;
    if (!shaped.ok) {
      throw new Fault(shaped.stopped ? 'abandoned' : 'verification-failed', shaped.why, {
        details: { ...(moved === undefined ? {} : { moved }) },
      });
    }
    if (shaped.note !== undefined) notes.push(shaped.note);
  }
  return { notes, ...(moved === undefined ? {} : { moved }) };
}

async function moveSlots(
  { from, to, slots, pace }: Of<'move-slots'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const transfer = { from: from.id, to: to.id, slots: listSlots(slotsIn(slots)) };
  const { moved } = await carryOut([{ do: 'move-slots', transfers: [transfer] }], run, {
    ...pace,
    involved: [from, to],
    call,
  });
  return moved === undefined ? {} : { moved, note: counted(moved.keysMoved, 'key') };
}

async function repairSlots(
  { server, slots, withoutUnreachable, replace, pace }: Of<'repair-slots'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const work: ShapeWork = {
    do: 'repair-slots',
    slots: slotsIn(slots),
    owner: server.id,
    withoutUnreachable,
  };
  await carryOut([work], run, { ...pace, replace, involved: [server], call });
  return {};
}

function slotsIn(text: string): SlotSet {
  const slots = parseSlots(text);
  if (slots === undefined) throw new Fault('internal', `no slots: ${text}`);
  return slots;
}

async function meet(
  { server, members, functionsFrom }: Of<'meet'>,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const involved = [...members, server];
  const works: readonly ShapeWork[] = [
    { do: 'introduce', nodes: involved.map(({ id }) => id) },
    ...(functionsFrom === undefined
      ? []
      : [{ do: 'copy-functions' as const, from: functionsFrom.id, to: server.id }]),
  ];
  await carryOut(works, run, { involved, call });
  return {};
}

async function replicate({ server, source }: Of<'replicate'>, run: Run, call: Call): Promise<StepOutput> {
  const pair = { node: server.id, source: source.id };
  const works: readonly ShapeWork[] = [
    { do: 'replicate', ...pair },
    { do: 'await-copy', ...pair },
  ];
  await carryOut(works, run, { involved: [server, source], call });
  return {};
}

/** Told again after the reset: one that heard of it by gossip in between would bring it back. */
async function forget({ server, by, reset }: Of<'forget'>, run: Run, call: Call): Promise<StepOutput> {
  const telling: ShapeWork = { do: 'forget', node: server.id, at: by.map(({ id }) => id) };
  const works: readonly ShapeWork[] = reset
    ? [telling, { do: 'reset', node: server.id }, telling]
    : [telling];
  await carryOut(works, run, { involved: [server, ...by], call });
  return {};
}

async function setTimeoutOf({ server, ms }: Of<'set-timeout'>, run: Run, call: Call): Promise<StepOutput> {
  const { notes } = await carryOut([{ do: 'set-timeout', node: server.id, ms }], run, {
    involved: [server],
    call,
  });
  return notes[0] === undefined ? {} : { note: notes[0] };
}

async function agree({ servers }: Of<'agree'>, run: Run, call: Call): Promise<StepOutput> {
  const work: ShapeWork = { do: 'await-agreement', nodes: servers.map(({ id }) => id) };
  await carryOut([work], run, { involved: servers, call });
  return {};
}

export const reshapeHandlers = {
  'move-slots': moveSlots,
  'repair-slots': repairSlots,
  meet,
  replicate,
  forget,
  'set-timeout': setTimeoutOf,
  agree,
};
