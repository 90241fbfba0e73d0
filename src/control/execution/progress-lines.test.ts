import { expect, test } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import type { StepProgress } from '../../core/operation.ts';
import { progressLines } from './progress-lines.ts';

test('one line a second at most, fewer the longer it takes, with the pace since the last', () => {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const lines: (StepProgress & { readonly at: number })[] = [];
  const tell = progressLines(clock, (far) => lines.push({ ...far, at: now }));
  for (now = 0; now <= 3_600_000; now += 100) tell({ slotsDone: 1, slots: 2, keysMoved: now / 10 });
  expect(lines.slice(0, 3).map(({ at }) => at)).toEqual([1000, 2000, 3000]);
  expect(lines[0]).toMatchObject({ slotsDone: 1, slots: 2, keysMoved: 100, keysPerSecond: 100 });
  expect(new Set(lines.map(({ keysPerSecond }) => keysPerSecond))).toEqual(new Set([100]));
  expect(lines.length).toBeGreaterThan(200);
  expect(lines.length).toBeLessThan(400);
});
