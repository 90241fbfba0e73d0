/** `redis [--case NAME] [--variant NAME] [--side SIDE] [--runs N] [--rate R] [--keys N]` */
import { parseArgs } from 'node:util';
import { UsageError, wholeNumber } from '../usage.ts';

export const redisCases = [
  'switchover',
  'kill',
  'hang',
  'cluster-switchover',
  'cluster-kill',
  'rebalance',
] as const;

export type RedisCase = (typeof redisCases)[number];

/** `peer`: what Redis brings itself. `floor`: the least that a script could do that asks nothing. */
export const sides = ['dauphin', 'peer', 'floor'] as const;

export type Side = (typeof sides)[number];

export interface RedisOptions {
  readonly cases: readonly RedisCase[];
  /** Of a case: a mode, a node timeout. Absent: all of them. */
  readonly variant?: string;
  readonly sides: readonly Side[];
  /** Of each case, variant and side. */
  readonly runs: number;
  /** Writes a second: half of them by the probe, half by an ordinary client. */
  readonly rate: number;
  /** Of the case `rebalance`. */
  readonly keys: number;
}

export function readRedisOptions(args: readonly string[]): RedisOptions {
  const { case: name, variant, side, runs = '10', rate = '2000', keys = '1000000' } = parse(args);
  return {
    cases: name === undefined ? redisCases : [oneOf('--case', name, redisCases)],
    ...(variant === undefined ? {} : { variant }),
    sides: side === undefined ? sides : [oneOf('--side', side, sides)],
    runs: wholeNumber('--runs', runs, { min: 1, max: 1000 }),
    rate: wholeNumber('--rate', rate, { min: 100, max: 10_000 }),
    keys: wholeNumber('--keys', keys, { min: 1000, max: 20_000_000 }),
  };
}

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} ${text}: one of ${names.join(', ')} is wanted`);
}

const text = { type: 'string' } as const;
const known = { case: text, variant: text, side: text, runs: text, rate: text, keys: text };

function parse(args: readonly string[]): Partial<Record<keyof typeof known, string>> {
  try {
    return parseArgs({ args: [...args], options: known }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
