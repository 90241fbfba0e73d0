import { expect, test } from 'vitest';
import { fencedFromStart, fencing, isFenced, lifting, readDemand } from './fence-setting.ts';

const after = (commands: readonly (readonly (string | number)[])[]) =>
  readDemand(new Map(commands.map(([, , name, value]) => [String(name), String(value)])));

test.each([0, 1, 3])('a fence keeps within itself that %i replicas were demanded', (replicas) => {
  const demand = { replicas, maxLag: 10 };
  const fenced = { ...after(fencing(demand)), maxLag: 10 };
  expect(isFenced(demand)).toBe(false);
  expect(isFenced(fenced)).toBe(true);
  expect(fencing(fenced), 'once more').toEqual([]);
  expect(after(lifting(fenced)).replicas).toBe(replicas);
  expect(lifting(demand), 'nothing to lift').toEqual([]);
});

test('a demand that is off, by its lag of 0, is put on', () => {
  expect(after(fencing({ replicas: 0, maxLag: 0 })).maxLag).toBeGreaterThan(0);
});

test('the names of before Redis 5 are known, too', () => {
  const old = new Map([
    ['min-slaves-to-write', '2'],
    ['min-slaves-max-lag', '5'],
  ]);
  expect(readDemand(old)).toEqual({ replicas: 2, maxLag: 5 });
});

test('one that was started so is fenced', () => {
  expect(isFenced(readDemand(new Map([fencedFromStart])))).toBe(true);
});
