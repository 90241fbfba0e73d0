import { expect, it } from 'vitest';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { Returns } from './returns.ts';

it('the third return within ten minutes is one too many; older ones do not count', () => {
  const clock = new VirtualClock();
  const returns = new Returns(clock);
  const after = (minutes: number): number | undefined => {
    clock.skipTo(clock.monotonic() + minutes * 60_000);
    return returns.add();
  };
  expect([after(0), after(1), after(1)]).toEqual([undefined, undefined, 3]);
  expect(returns.many).toBe(3);
  expect(after(9)).toBe(undefined);
  expect(returns.many).toBe(undefined);
  returns.forget();
  expect(after(0)).toBe(undefined);
});
