/** MHA has ninety tests; none is forgotten here and none counted twice. */
import { expect, it } from 'vitest';
import { applier } from './cases/applier.ts';
import { bulk } from './cases/bulk.ts';
import { online } from './cases/online.ts';
import { pairsAndTiers } from './cases/pairs-and-tiers.ts';
import { plain } from './cases/plain.ts';
import { received } from './cases/received.ts';
import { recovery } from './cases/recovery.ts';
import { tail } from './cases/tail.ts';
import { leftOut } from './left-out.ts';

const MHA_TESTS = 90;
const rows = [plain, received, bulk, tail, applier, recovery, pairsAndTiers, online].flat();

it('each of MHA’s tests is played, or left out with a reason, exactly once', () => {
  const numbers = [...rows, ...leftOut].flatMap(({ tests }) => Object.keys(tests).map(Number));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: MHA_TESTS }, (_, at) => at + 1));
});

it('names are MHA’s, each once', () => {
  const names = [...rows, ...leftOut].flatMap(({ tests }) => Object.values(tests));
  expect(new Set(names).size).toBe(names.length);
});
