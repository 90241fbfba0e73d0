import { expect, it } from 'vitest';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { Attempts } from './attempts.ts';

it('the pause after an attempt doubles from a second to a minute, and begins anew when it is forgotten', () => {
  const clock = new VirtualClock();
  const attempts = new Attempts(clock);
  const pauseMs = (): number => {
    attempts.add('orders');
    const began = clock.monotonic();
    while (!attempts.may('orders')) clock.skipTo(clock.monotonic() + 500);
    return clock.monotonic() - began;
  };
  expect(attempts.may('orders')).toBe(true);
  const pauses = Array.from({ length: 8 }, pauseMs);
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(attempts.may('invoices')).toBe(true);
  attempts.add('orders');
  attempts.forget('orders');
  expect(attempts.may('orders')).toBe(true);
  expect(pauseMs()).toBe(1000);
});
