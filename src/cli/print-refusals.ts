/** Why something was refused, and for each reason what would have to be true. */
import type { Refusal } from '../core/switchover-request.ts';
import { oneLine } from './one-line.ts';

export function refusalLines(refusals: readonly Refusal[]): readonly string[] {
  return refusals.flatMap(({ code, fact, needs }) => [
    `  ${oneLine(fact)} (${code})`,
    `    needs ${oneLine(needs)}`,
  ]);
}
