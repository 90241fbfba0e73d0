import { expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { countdown, withDeadline } from './deadline.ts';

/** Every wait of it is over at once. */
const hasty: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };

const never = (): Promise<never> => Promise.withResolvers<never>().promise;

it.each([
  [0.9996700000046985, '1 ms'],
  [20.4, '20 ms'],
])(
  'a deadline of %d ms, what is left of a longer one, is told in whole milliseconds',
  async (deadlineMs, told) => {
    const call = { deadlineMs, signal: new AbortController().signal };
    await expect(withDeadline(hasty, call, 'position', never)).rejects.toThrow(
      `position: no answer within ${told}`,
    );
  },
);

it('a call that several waits share is given once, and what is left is never nothing', () => {
  let now = 5000;
  const call = { deadlineMs: 1000, signal: new AbortController().signal, assertAllowed: () => undefined };
  const left = countdown({ monotonic: () => now }, call);
  expect(left()).toEqual(call);
  now += 400;
  expect(left()).toEqual({ ...call, deadlineMs: 600 });
  now += 4000;
  expect(left().deadlineMs).toBe(1);
});
