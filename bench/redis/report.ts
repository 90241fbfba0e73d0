/** The figures of one variant of a case, for people and for machines. */
import { type Summary, summarize } from '../statistics.ts';
import type { BenchCase } from './case.ts';
import { type RedisCase, type RedisOptions, sides } from './options.ts';
import { type Seen, totalOf } from './seen.ts';
import { type Series, targetOf } from './targets.ts';

export interface Measured {
  readonly name: RedisCase;
  readonly variant: string;
  readonly options: RedisOptions;
  readonly series: Series;
}

type Figure = 'serverMs' | 'quietMs' | 'clientMs' | 'othersMs' | 'tookMs';

/** `took` only where it is what the case is about. */
const columns = [
  { head: 'server', key: 'serverMs' },
  { head: 'quiet', key: 'quietMs' },
  { head: 'client', key: 'clientMs' },
  { head: 'others', key: 'othersMs' },
  { head: 'took', key: 'tookMs' },
] as const satisfies readonly { head: string; key: Figure }[];

const NAME_WIDTH = 20;
const WIDTH = 9;

export function headingLine(): string {
  const heads = [...columns.map(({ head }) => head), 'acked', 'lost', 'woken', 'errors'];
  return `${'ms'.padEnd(NAME_WIDTH)}${heads.map((head) => head.padStart(WIDTH)).join('')}`;
}

export function seenLine(name: string, seen: Seen): string {
  const { acknowledged, lost, afterWake, clientErrors, wrong, remarks } = seen;
  const errors = Object.entries(clientErrors).map(([code, times]) => `${code} × ${times}`);
  const counts = [acknowledged, lost, afterWake ?? '', totalOf(clientErrors)];
  return [
    `${name.padEnd(NAME_WIDTH)}${figureCells(seen)}${counts.map((each) => String(each).padStart(WIDTH)).join('')}`,
    ...wrong.map((text) => `!! ${text}`),
    ...[...remarks, ...(errors.length === 0 ? [] : [errors.join(', ')])].map((text) => `!  ${text}`),
  ].join('\n');
}

/** The medians and extremes of each side, and whether Dauphin's are what was aimed at. */
export function summaryLines(
  { name, variant, series }: Measured,
  actors: BenchCase['actors'],
): readonly string[] {
  const target = targetOf(name, variant);
  const lines = sides.flatMap((side) => {
    const runs = series[side] ?? [];
    return runs.length === 0 ? [] : sideLines(actors[side] ?? side, runs);
  });
  return [
    ...lines,
    ...ratioLines(series),
    `target      ${target.text}: ${verdictText({ name, variant, series })}`,
    `elsewhere   ${target.elsewhere}`,
  ];
}

function sideLines(name: string, runs: readonly Seen[]): readonly string[] {
  const lost = runs.map((run) => run.lost);
  const woken = runs.flatMap(({ afterWake }) => afterWake ?? []);
  const text = columns.flatMap(({ head, key }) => {
    const found = summaryOf(runs, key);
    if (found === undefined) return [];
    const { median, min, max } = found;
    return [`${head} ${figure(median)} (${figure(min)} to ${figure(max)})`];
  });
  return [
    `${name.padEnd(NAME_WIDTH)}${text.join(', ')}`,
    `${''.padEnd(NAME_WIDTH)}lost ${summarize(lost).median} (${Math.min(...lost)} to ${Math.max(...lost)}), ` +
      `in ${lost.filter((each) => each > 0).length} of ${runs.length} runs` +
      (woken.length === 0 ? '' : `; acknowledged after it woke: ${summarize(woken).median}`),
  ];
}

function ratioLines({ dauphin, peer, floor }: Series): readonly string[] {
  const parts = (['serverMs', 'clientMs', 'tookMs'] as const).flatMap((key) => {
    const besides = { peer: ratio(dauphin, peer, key), floor: ratio(dauphin, floor, key) };
    return Object.entries(besides).flatMap(([side, value]) =>
      value === undefined ? [] : [`${headOf(key)} ${value.toFixed(2)} × ${side}`],
    );
  });
  return parts.length === 0 ? [] : [`Dauphin     ${parts.join(', ')}`];
}

/** The keys that other benches have, too, are called the same. One object a case and variant. */
export function figures(measured: Measured): object {
  const { name, variant, options, series } = measured;
  const { dauphin, peer, floor } = series;
  return {
    bench: 'redis',
    case: name,
    variant,
    runs: options.runs,
    rate: options.rate,
    target: targetOf(name, variant).text,
    met: verdictOf(measured) ?? null,
    ratioToPeer: rounded(ratio(dauphin, peer, name === 'rebalance' ? 'tookMs' : 'serverMs')),
    ratioToFloor: rounded(ratio(dauphin, floor, 'serverMs')),
    sides: Object.fromEntries(
      sides.flatMap((side) => {
        const runs = series[side] ?? [];
        return runs.length === 0 ? [] : [[side, sideFigures(runs)]];
      }),
    ),
  };
}

function sideFigures(runs: readonly Seen[]): object {
  const summaries = columns.flatMap(({ key }) => {
    const found = summaryOf(runs, key);
    return found === undefined ? [] : [[key, roundedAll(found)] as const];
  });
  const total = (of: (run: Seen) => number): number => runs.reduce((sum, run) => sum + of(run), 0);
  return {
    ...Object.fromEntries(summaries),
    acknowledged: total((run) => run.acknowledged),
    lost: total((run) => run.lost),
    runsWithLoss: runs.filter(({ lost }) => lost > 0).length,
    afterWake: total((run) => run.afterWake ?? 0),
    clientErrors: total((run) => totalOf(run.clientErrors)),
    failed: runs.filter(({ serverMs, tookMs }) => serverMs === undefined && tookMs === undefined).length,
    each: runs,
  };
}

/** Good enough, and nothing was as it must not be. Undefined when Dauphin, or what it is compared with, was not measured. */
export function verdictOf({
  name,
  variant,
  series,
}: Pick<Measured, 'name' | 'variant' | 'series'>): boolean | undefined {
  const { dauphin = [] } = series;
  if (dauphin.length === 0) return undefined;
  if (dauphin.some(({ wrong }) => wrong.length > 0)) return false;
  return targetOf(name, variant).isMet(dauphin, series);
}

function verdictText(measured: Parameters<typeof verdictOf>[0]): string {
  const met = verdictOf(measured);
  if (met === undefined) return 'not measured';
  return met ? 'met' : 'MISSED';
}

function summaryOf(runs: readonly Seen[], key: Figure): Summary | undefined {
  const values = runs.flatMap((run) => run[key] ?? []);
  return values.length === 0 ? undefined : summarize(values);
}

function ratio(ours: readonly Seen[] = [], theirs: readonly Seen[] = [], key: Figure): number | undefined {
  const [mine, other] = [summaryOf(ours, key), summaryOf(theirs, key)];
  return mine === undefined || other === undefined ? undefined : mine.median / other.median;
}

function figureCells(seen: Seen): string {
  return columns.map(({ key }) => figure(seen[key]).padStart(WIDTH)).join('');
}

const headOf = (key: Figure): string => columns.find((column) => column.key === key)?.head ?? key;
const figure = (ms: number | undefined): string => (ms === undefined ? '–' : ms.toFixed(ms < 99.95 ? 1 : 0));

/** JSON has no word for "not known" but null. */
const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 100) / 100;

const roundedAll = (summary: Summary): object =>
  Object.fromEntries(Object.entries(summary).map(([key, value]: [string, number]) => [key, rounded(value)]));
