import { expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';

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
