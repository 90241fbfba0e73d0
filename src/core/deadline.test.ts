import { expect, it } from 'vitest';
import { systemClock } from '../control/system-clock.ts';
import { withDeadline } from './deadline.ts';

const never = (): Promise<never> => Promise.withResolvers<never>().promise;

it.each([
  [0.9996700000046985, '1 ms'],
  [20.4, '20 ms'],
])('a deadline of %d ms, what is left of a longer one, is told in whole milliseconds', async (deadlineMs, told) => {
  const call = { deadlineMs, signal: new AbortController().signal };
  await expect(withDeadline(systemClock, call, 'position', never)).rejects.toThrow(
    `position: no answer within ${told}`,
  );
});
