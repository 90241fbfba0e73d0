/** The figures of a switchover bench, for people and for machines. */
import type { WritesVerdict } from '../../test/kit/verify-writes.ts';
import type { WriterStats } from '../../test/kit/writer-protocol.ts';
import { type PhaseTimes, type Stretch, stretches } from '../phase-times.ts';
import { median, type Summary, summarize } from '../statistics.ts';
import type { FloorOrder } from './floor.ts';
import type { SwitchoverOptions } from './options.ts';
import type { Round } from './rounds.ts';

export interface FloorSeries {
  readonly order: FloorOrder;
  readonly rounds: readonly Round[];
}

export interface Measured {
  readonly options: SwitchoverOptions;
  readonly rounds: readonly Round[];
  readonly floors: readonly FloorSeries[];
  readonly verdict: WritesVerdict;
  readonly stats: WriterStats;
  /** Acknowledged writes a second, pauses included. */
  readonly achievedRate: number;
}

const NAME_WIDTH = 10;
const PAUSE_WIDTH = 7;

/** Those of a switchover without routes. */
export const productPhases: readonly Stretch[] = [
  'check',
  'approach',
  'drain',
  'freeze',
  'reach',
  'promote',
  'release',
  'follow',
  'prove',
];
export const floorPhases: readonly Stretch[] = ['freeze', 'reach', 'promote'];

export function headingLine(columns: readonly Stretch[]): string {
  const heads = columns.map((phase) => phase.padStart(widthOf(phase)));
  return `${'ms'.padEnd(NAME_WIDTH)}${'pause'.padStart(PAUSE_WIDTH)}${heads.join('')}`;
}

export function roundLine(round: Round, columns: readonly Stretch[]): string {
  const line = figuresLine(`${round.from} → ${round.to}`, round.pauseMs, round.phases, columns);
  return round.remark === undefined ? line : `${line}\n! ${round.remark}`;
}

/** Min, median, p95 and max of the pauses, with the median of each phase beside the median. */
export function summaryLines(rounds: readonly Round[], columns: readonly Stretch[]): readonly string[] {
  const pauses = pausesOf(rounds);
  if (pauses.length === 0) return ['nothing changed hands'];
  const { min, median: middle, p95, max } = summarize(pauses);
  return [
    figuresLine('min', min, {}, []),
    figuresLine('median', middle, medianPhases(rounds), columns),
    figuresLine('p95', p95, {}, []),
    figuresLine('max', max, {}, []),
  ];
}

export function closingLines({ rounds, floors, verdict, stats, achievedRate }: Measured): readonly string[] {
  const floor = floorOf(floors);
  const ratio = ratioOf(rounds, floor?.rounds);
  const { refused, unknown, errors } = stats;
  const kinds = Object.entries(errors).map(([code, times]) => `${code} × ${times}`);
  return [
    `median / floor   ${ratio === undefined ? 'unknown' : ratio.toFixed(2)} (the floor: ${floor?.order ?? 'none'})`,
    `writes           ${verdict.acknowledged} acknowledged, ${achievedRate.toFixed(0)} a second`,
    `                 ${verdict.lost.length} lost, ${verdict.duplicated.length} duplicated`,
    `client errors    ${refused} refused, ${unknown} of unknown outcome` +
      (kinds.length === 0 ? '' : ` (${kinds.join(', ')})`),
  ];
}

/** The first ten keys, and their order, are what others read. */
export function figures({ options, rounds, floors, verdict, stats, achievedRate }: Measured): object {
  const pauses = summaryOf(rounds);
  const floor = floorOf(floors);
  const floorPauses = summaryOf(floor?.rounds ?? []);
  return {
    bench: 'switchover',
    runs: options.runs,
    rate: options.rate,
    medianMs: rounded(pauses?.median),
    p95Ms: rounded(pauses?.p95),
    maxMs: rounded(pauses?.max),
    floorMedianMs: rounded(floorPauses?.median),
    acknowledged: verdict.acknowledged,
    lost: verdict.lost.length,
    duplicated: verdict.duplicated.length,
    clientErrors: stats.refused + stats.unknown,
    engine: options.engine,
    minMs: rounded(pauses?.min),
    floorMinMs: rounded(floorPauses?.min),
    floorP95Ms: rounded(floorPauses?.p95),
    floorMaxMs: rounded(floorPauses?.max),
    floorOrder: floor?.order ?? null,
    floorMediansMs: Object.fromEntries(
      floors.map((each) => [each.order, rounded(summaryOf(each.rounds)?.median)]),
    ),
    ratio: rounded(ratioOf(rounds, floor?.rounds)),
    refused: stats.refused,
    unknown: stats.unknown,
    achievedRate: rounded(achievedRate),
    failed: rounds.filter((round) => round.pauseMs === undefined).length,
    phases: roundedAll(medianPhases(rounds)),
    floorPhases: roundedAll(medianPhases(floor?.rounds ?? [])),
  };
}

function pausesOf(rounds: readonly Round[]): readonly number[] {
  return rounds.flatMap(({ pauseMs }) => (pauseMs === undefined ? [] : [pauseMs]));
}

function summaryOf(rounds: readonly Round[]): Summary | undefined {
  const pauses = pausesOf(rounds);
  return pauses.length === 0 ? undefined : summarize(pauses);
}

/** A floor is the lowest there is. */
function floorOf(floors: readonly FloorSeries[]): FloorSeries | undefined {
  const medianOf = ({ rounds }: FloorSeries): number => summaryOf(rounds)?.median ?? Number.POSITIVE_INFINITY;
  return floors.toSorted((a, b) => medianOf(a) - medianOf(b))[0];
}

function ratioOf(rounds: readonly Round[], floor: readonly Round[] = []): number | undefined {
  const [ours, bare] = [summaryOf(rounds), summaryOf(floor)];
  return ours === undefined || bare === undefined ? undefined : ours.median / bare.median;
}

/** Only of hand-overs that came about. */
function medianPhases(rounds: readonly Round[]): PhaseTimes {
  const done = rounds.filter(({ pauseMs }) => pauseMs !== undefined);
  const times: Partial<Record<Stretch, number>> = {};
  for (const phase of stretches) {
    const values = done.flatMap((round) => round.phases[phase] ?? []);
    if (values.length > 0) times[phase] = median(values);
  }
  return times;
}

function figuresLine(
  name: string,
  pauseMs: number | undefined,
  times: PhaseTimes,
  columns: readonly Stretch[],
): string {
  const cells = columns.map((phase) => figure(times[phase]).padStart(widthOf(phase)));
  return `${name.padEnd(NAME_WIDTH)}${figure(pauseMs).padStart(PAUSE_WIDTH)}${cells.join('')}`;
}

const widthOf = (phase: Stretch): number => Math.max(phase.length, 5) + 1;
const figure = (ms: number | undefined): string => (ms === undefined ? '–' : ms.toFixed(ms < 99.95 ? 1 : 0));

/** Microseconds are noise here. JSON has no word for "not known" but null. */
const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 100) / 100;

const roundedAll = (times: PhaseTimes): object =>
  Object.fromEntries(Object.entries(times).map(([phase, ms]) => [phase, rounded(ms)]));
