/** Where the time of a failover went: from the judgement and the journal, beside the pause that the writer saw. */
import type { Judgement } from '../../src/core/detection/testimony.ts';
import type { JournalEntry, Operation } from '../../src/core/operation.ts';
import { type PhaseTimes, phaseTimes } from '../phase-times.ts';

/**
 * `detect`: from the act to the verdict. `begin`: from there to the first step; the plan is made and written down. `rest`:
 * what the pause has beside all that comes before the release: the journal between steps, and the client's own way. The
 * others are the phases of the plan.
 */
export const parts = [
  'detect',
  'begin',
  'confirm',
  'fence',
  'gather',
  'salvage',
  'level',
  'promote',
  'rest',
  'release',
] as const;

export type Part = (typeof parts)[number];

/** Milliseconds. */
export type Breakdown = Readonly<Partial<Record<Part, number>>>;

export interface Seen {
  /** Epoch milliseconds of the moment before the primary was struck. */
  readonly actAt: number;
  /** As the writer saw it; undefined when nobody took over. */
  readonly pauseMs?: number | undefined;
}

export function breakdownOf(
  { plan }: Operation,
  journal: readonly JournalEntry[],
  { actAt, pauseMs }: Seen,
): Breakdown {
  if (plan === undefined) return {};
  const times = phaseTimes(plan, journal);
  const told = { ...detection(plan.judgement, journal, actAt), ...chosen(times) };
  if (pauseMs === undefined) return told;
  const { release: _afterwards, ...before } = told;
  const sum = Object.values(before).reduce((total, ms) => total + ms, 0);
  return { ...told, rest: pauseMs - sum };
}

function chosen(times: PhaseTimes): Breakdown {
  const { confirm, fence, gather, salvage, level, promote, release } = times;
  const all = { confirm, fence, gather, salvage, level, promote, release };
  return Object.fromEntries(Object.entries(all).filter(([, ms]) => ms !== undefined));
}

/** Controller and bench read the same clock in different ways: what lies before the act is their difference. */
function detection(
  judgement: Judgement | undefined,
  journal: readonly JournalEntry[],
  actAt: number,
): Breakdown {
  if (judgement === undefined) return {};
  const { judgedAt } = judgement;
  const first = journal.find(({ what }) => what.event === 'step-started');
  const begin = first === undefined ? {} : { begin: Math.max(0, first.at - judgedAt) };
  return { detect: Math.max(0, judgedAt - actAt), ...begin };
}
