/** What a case of this bench is. */
import type { Side } from './options.ts';
import type { RedisEngine } from './redis-control.ts';
import type { Seen } from './seen.ts';

export interface Asked {
  readonly side: Side;
  /** One of the case's variants. */
  readonly variant: string;
  readonly rate: number;
  readonly keys: number;
}

export interface BenchCase {
  readonly about: string;
  /** What Dauphin has to have for it. */
  readonly engine: RedisEngine;
  /** At least one. */
  readonly variants: readonly string[];
  /** Whom it is done by, and what that is called in the report. */
  readonly actors: Readonly<Partial<Record<Side, string>>>;
  /** On servers of its own, which are gone when it resolves. */
  run(asked: Asked, signal: AbortSignal): Promise<Seen>;
}
