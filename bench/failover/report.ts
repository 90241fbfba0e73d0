/** The figures of one case, for people and for machines. */
import { median, summarize } from '../statistics.ts';
import { type Breakdown, type Part, parts } from './breakdown.ts';
import type { FailoverOptions } from './options.ts';
import type { Run } from './run.ts';
import { countedMs, inTime, type MeasuredCase, targets } from './targets.ts';

const NAME_WIDTH = 10;
const PAUSE_WIDTH = 8;
const WRITES_WIDTH = 7;

export interface Measured {
  readonly name: MeasuredCase;
  readonly options: FailoverOptions;
  readonly runs: readonly Run[];
}

export function headingLine(): string {
  const heads = parts.map((part) => part.padStart(widthOf(part))).join('');
  const writes = ['acked', 'lost', 'equal'].map((head) => head.padStart(WRITES_WIDTH)).join('');
  return `${'ms'.padEnd(NAME_WIDTH)}${'pause'.padStart(PAUSE_WIDTH)}${heads}${writes}  reported`;
}

export function runLine({ from, to, pauseMs, breakdown, acknowledged, lost, equal, ...rest }: Run): string {
  const writes = [acknowledged, lost, equal ? 'yes' : 'NO'].map((each) =>
    String(each).padStart(WRITES_WIDTH),
  );
  const { reported, wrong, remarks } = rest;
  const said =
    reported === undefined
      ? '–'
      : `${reported.verdict}${reported.transactions > 0 ? ` ${reported.transactions}` : ''}`;
  return [
    `${figuresLine(`${from} → ${to}`, pauseMs, breakdown)}${writes.join('')}  ${said}`,
    ...wrong.map((text) => `!! ${text}`),
    ...remarks.map((text) => `!  ${text}`),
  ].join('\n');
}

/** Median, p95 and max of the pauses, with the median of each part; and whether they are what was aimed at. */
export function summaryLines({ name, runs }: Measured): readonly string[] {
  const target = targets[name];
  const pauses = runs.flatMap(({ pauseMs }) => pauseMs ?? []);
  const met = verdictOf({ name, runs }) ? 'met' : 'MISSED';
  const closing = [`target      ${target.text}: ${met}`, `elsewhere   ${target.elsewhere}`];
  if (pauses.length === 0) return ['nobody took over', ...closing];
  const { median: middle, p95, max } = summarize(pauses);
  const counted = runs.flatMap((run) => countedMs(run, target) ?? []);
  const applying = runs.flatMap(({ applyingMs }) => applyingMs ?? []);
  const without =
    target.withoutApplying === undefined || applying.length === 0
      ? []
      : [
          `applying    median ${figure(median(applying))}, max ${figure(Math.max(...applying))}`,
          `the rest    median ${figure(median(counted))}, max ${figure(Math.max(...counted))}`,
        ];
  return [
    figuresLine('median', middle, medianParts(runs)),
    figuresLine('p95', p95, {}).trimEnd(),
    figuresLine('max', max, {}).trimEnd(),
    ...without,
    ...closing,
  ];
}

/** Fast enough, and nothing was as it must not be. */
export function verdictOf({ name, runs }: Pick<Measured, 'name' | 'runs'>): boolean {
  return inTime(runs, targets[name]) && runs.every(({ wrong }) => wrong.length === 0);
}

/** The keys up to `clientErrors` are those of the switchover bench, beside `case`. */
export function figures({ name, options, runs }: Measured): object {
  const target = targets[name];
  const pauses = runs.flatMap(({ pauseMs }) => pauseMs ?? []);
  const pause = pauses.length === 0 ? undefined : summarize(pauses);
  const counted = runs.flatMap((run) => countedMs(run, target) ?? []);
  const total = (key: 'acknowledged' | 'lost' | 'duplicated' | 'refused' | 'unknown'): number =>
    runs.reduce((sum, run) => sum + run[key], 0);
  return {
    bench: 'failover',
    case: name,
    runs: runs.length,
    rate: options.rate,
    medianMs: rounded(pause?.median),
    p95Ms: rounded(pause?.p95),
    maxMs: rounded(pause?.max),
    acknowledged: total('acknowledged'),
    lost: total('lost'),
    duplicated: total('duplicated'),
    clientErrors: total('refused') + total('unknown'),
    engine: options.engine,
    minMs: rounded(pause?.min),
    countedMedianMs: rounded(counted.length === 0 ? undefined : median(counted)),
    countedMaxMs: rounded(counted.length === 0 ? undefined : Math.max(...counted)),
    targetMs: target.atMostMs,
    targetOf: target.of,
    met: verdictOf({ name, runs }),
    equal: runs.every(({ equal }) => equal),
    failed: runs.filter(({ pauseMs }) => pauseMs === undefined).length,
    refused: total('refused'),
    unknown: total('unknown'),
    phases: roundedAll(medianParts(runs)),
    each: runs.map(eachFigures),
  };
}

function eachFigures({
  from,
  to,
  pauseMs,
  applyingMs,
  breakdown,
  lost,
  equal,
  reported,
  wrong,
  remarks,
}: Run): object {
  const pause = rounded(pauseMs);
  return {
    from,
    to,
    pauseMs: pause,
    ...(applyingMs === undefined ? {} : { applyingMs: rounded(applyingMs) }),
    lost,
    equal,
    reported: reported ?? null,
    wrong,
    remarks,
    phases: roundedAll(breakdown),
  };
}

function medianParts(runs: readonly Run[]): Breakdown {
  const medians: Partial<Record<Part, number>> = {};
  for (const part of parts) {
    const values = runs.flatMap(({ breakdown }) => breakdown[part] ?? []);
    if (values.length > 0) medians[part] = median(values);
  }
  return medians;
}

function figuresLine(name: string, pauseMs: number | undefined, breakdown: Breakdown): string {
  const cells = parts.map((part) =>
    (part in breakdown ? figure(breakdown[part]) : '').padStart(widthOf(part)),
  );
  return `${name.padEnd(NAME_WIDTH)}${figure(pauseMs).padStart(PAUSE_WIDTH)}${cells.join('')}`;
}

const widthOf = (part: Part): number => Math.max(part.length, 5) + 1;
const figure = (ms: number | undefined): string => (ms === undefined ? '–' : ms.toFixed(ms < 99.95 ? 1 : 0));

/** Microseconds are noise here. JSON has no word for "not known" but null. */
const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 100) / 100;

const roundedAll = (breakdown: Breakdown): object =>
  Object.fromEntries(Object.entries(breakdown).map(([part, ms]) => [part, rounded(ms)]));
