/** `failover [--case NAME] [--runs N] [--rate R] [--engine mariadb|mysql] [--seconds N]` */
import { parseArgs } from 'node:util';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { engineKind, UsageError, wholeNumber } from '../usage.ts';

export const caseNames = ['kill', 'tail', 'hang', 'lag', 'host', 'host-async', 'uneven', 'quiet'] as const;

export type CaseName = (typeof caseNames)[number];

export interface FailoverOptions {
  readonly cases: readonly CaseName[];
  /** Of each case but `quiet`. */
  readonly runs: number;
  /** Inserts a second, all connections together. */
  readonly rate: number;
  readonly engine: SqlEngineKind;
  /** How long `quiet` lasts on real servers. */
  readonly seconds: number;
}

export function readFailoverOptions(args: readonly string[]): FailoverOptions {
  const { case: name, runs = '10', rate = '500', engine = 'mariadb', seconds = '180' } = parse(args);
  return {
    cases: name === undefined ? caseNames : [caseName(name)],
    runs: wholeNumber('--runs', runs, { min: 1, max: 1000 }),
    rate: wholeNumber('--rate', rate, { min: 10, max: 100_000 }),
    engine: engineKind('--engine', engine),
    seconds: wholeNumber('--seconds', seconds, { min: 1, max: 86_400 }),
  };
}

function caseName(text: string): CaseName {
  const found = caseNames.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`--case ${text}: one of ${caseNames.join(', ')} is wanted`);
}

const text = { type: 'string' } as const;
const known = { case: text, runs: text, rate: text, engine: text, seconds: text };

function parse(args: readonly string[]): Partial<Record<keyof typeof known, string>> {
  try {
    return parseArgs({ args: [...args], options: known }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
