/** How long each phase of an operation took, from its journal. */
import type { JournalEntry } from '../src/core/operation.ts';
import { type Phase, type Plan, phases, type Step } from '../src/core/plan.ts';

/** `drain` is told by itself: it is the part of the freeze during which writes still go on. */
export type Stretch = Phase | 'drain';

export const stretches: readonly Stretch[] = phases.flatMap((phase) =>
  phase === 'freeze' ? (['drain', phase] as const) : [phase],
);

/** Milliseconds. */
export type PhaseTimes = Readonly<Partial<Record<Stretch, number>>>;

/**
 * Steps of a phase run side by side unless one waits for another, so it is the longest chain that counts; what the
 * journal itself takes between two steps is not in it.
 */
export function phaseTimes(plan: Plan, journal: readonly JournalEntry[]): PhaseTimes {
  const took = new Map<string, number>();
  for (const { what } of journal) {
    if (what.event === 'step-done' || what.event === 'step-failed') took.set(what.step, what.ms);
  }
  const times: Partial<Record<Stretch, number>> = {};
  for (const stretch of stretches) {
    const steps = plan.steps.filter((step) => stretchOf(step) === stretch && took.has(step.id));
    if (steps.length > 0) times[stretch] = Math.max(...steps.map((step) => endOf(step, steps, took)));
  }
  return times;
}

const stretchOf = ({ action, phase }: Step): Stretch => (action.verb === 'drain' ? 'drain' : phase);

function endOf(step: Step, steps: readonly Step[], took: ReadonlyMap<string, number>): number {
  const before = steps.filter(({ id }) => step.after.includes(id));
  const begin = Math.max(0, ...before.map((each) => endOf(each, steps, took)));
  return begin + (took.get(step.id) ?? 0);
}
