/** `switchover [--runs N] [--rate R] [--engine mariadb|mysql]` */
import { parseArgs } from 'node:util';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { engineKind, UsageError, wholeNumber } from '../usage.ts';

export interface SwitchoverOptions {
  readonly runs: number;
  /** Inserts a second, all connections together. */
  readonly rate: number;
  readonly engine: SqlEngineKind;
}

export function readSwitchoverOptions(args: readonly string[]): SwitchoverOptions {
  const { runs = '20', rate = '500', engine = 'mariadb' } = parse(args);
  return {
    runs: wholeNumber('--runs', runs, { min: 1, max: 10_000 }),
    rate: wholeNumber('--rate', rate, { min: 1, max: 100_000 }),
    engine: engineKind('--engine', engine),
  };
}

function parse(args: readonly string[]): { runs?: string; rate?: string; engine?: string } {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { runs: text, rate: text, engine: text } }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
