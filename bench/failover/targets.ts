/** What each case is held against: the targets, and what other tools took, measured elsewhere. */
import { summarize } from '../statistics.ts';
import type { CaseName } from './options.ts';

export type MeasuredCase = Exclude<CaseName, 'quiet'>;

export interface Target {
  /** In words, as the report shows it. */
  readonly text: string;
  /** `median`: half of the runs may take longer; `every`: none may. */
  readonly of: 'median' | 'every';
  readonly atMostMs: number;
  /** The time that applying takes does not count: no tool can shorten it. */
  readonly withoutApplying?: true;
  /** Acknowledged writes may be lost, as long as the report says so. */
  readonly mayLose: boolean;
  readonly elsewhere: string;
}

export const targets: Readonly<Record<MeasuredCase, Target>> = {
  kill: {
    text: 'median at most 400 ms, nothing lost',
    of: 'median',
    atMostMs: 400,
    mayLose: false,
    elsewhere: 'Orchestrator 2,564 ms; MHA 7.7 s with its fastest ping, 14 s as shipped',
  },
  tail: {
    text: 'at most 1,500 ms, nothing lost, survivors equal',
    of: 'every',
    atMostMs: 1500,
    mayLose: false,
    elsewhere: 'MHA 14.1 s',
  },
  hang: {
    text: 'at most 3 s, nothing lost, no write taken by the old one after it wakes',
    of: 'every',
    atMostMs: 3000,
    mayLose: false,
    elsewhere: 'Orchestrator 4,588 ms',
  },
  lag: {
    text: 'at most 500 ms more than applying takes, nothing lost',
    of: 'every',
    atMostMs: 500,
    withoutApplying: true,
    mayLose: false,
    elsewhere: 'Orchestrator: 1,007 acknowledged writes thrown away, or no new primary at all',
  },
  host: {
    text: 'at most 3 s, nothing lost',
    of: 'every',
    atMostMs: 3000,
    mayLose: false,
    elsewhere: 'no figure',
  },
  'host-async': {
    text: 'at most 3 s, the loss reported exactly',
    of: 'every',
    atMostMs: 3000,
    mayLose: true,
    elsewhere: 'no figure',
  },
  uneven: {
    text: 'as kill: median at most 400 ms, nothing lost, survivors equal',
    of: 'median',
    atMostMs: 400,
    mayLose: false,
    elsewhere: 'MHA 9 to 14 s, equal, nothing lost',
  },
};

export interface Timed {
  readonly pauseMs?: number | undefined;
  /** How long the new primary applied what it had received. */
  readonly applyingMs?: number | undefined;
}

/** The pause as the target counts it. */
export function countedMs({ pauseMs, applyingMs = 0 }: Timed, target: Target): number | undefined {
  if (pauseMs === undefined) return undefined;
  return target.withoutApplying === true ? pauseMs - applyingMs : pauseMs;
}

/** Whether the pauses are as short as they should be; a run without a new primary misses any target. */
export function inTime(runs: readonly Timed[], target: Target): boolean {
  const counted = runs.flatMap((run) => countedMs(run, target) ?? []);
  if (counted.length === 0 || counted.length < runs.length) return false;
  const { median, max } = summarize(counted);
  return (target.of === 'median' ? median : max) <= target.atMostMs;
}
