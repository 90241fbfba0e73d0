/** What every engine's link must do, on real servers: one suite, run for each engine. */
import { describe } from 'vitest';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import { freezeCases } from './freeze-cases.ts';
import { probeCases } from './probe-cases.ts';
import { pulseCases } from './pulse-cases.ts';
import { receiverCases } from './receiver-cases.ts';
import { replicationCases } from './replication-cases.ts';
import { tailCases } from './tail-cases.ts';
import { troubleCases } from './trouble-cases.ts';

interface UnderTest {
  readonly engine: SqlEngineKind;
  readonly title: string;
  readonly unavailable?: string | undefined;
}

/** A file for each engine: two of them run side by side, and one alone would be waited for at the end. */
export function linkConformance({ engine, title, unavailable }: UnderTest): void {
  const why = unavailable === undefined ? '' : ` (skipped: ${unavailable})`;
  describe.skipIf(unavailable !== undefined)(`a link to ${title}${why}`, () => {
    describe('probe', () => {
      probeCases(engine);
    });
    describe('the writing side', () => {
      freezeCases(engine);
    });
    describe('the following side', () => {
      replicationCases(engine);
    });
    describe('the pulse', () => {
      pulseCases(engine);
    });
    describe('the receiver', () => {
      receiverCases(engine);
    });
    describe("a dead server's log", () => {
      tailCases(engine);
    });
    describe('trouble', () => {
      troubleCases(engine);
    });
  });
}
