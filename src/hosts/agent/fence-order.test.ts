import { describe, expect, it } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import { operationId } from '../../core/identity.ts';
import type { OrderStamp } from '../../core/order-stamp.ts';
import { FenceOrder } from './fence-order.ts';

const stamp = (operation: string, lease: number, order = 1): OrderStamp => ({
  operation: operationId(operation),
  lease,
  order,
});
// The controller of the second one has a clock that is behind.
const [first, second, third] = [stamp('op-x', 3), stamp('op-b', 7), stamp('op-c', 9)];
const afterwards = ({ operation, lease, order }: OrderStamp): OrderStamp => ({
  operation,
  lease,
  order: order + 1,
});

function fences() {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  return { clock, order: new FenceOrder(clock), pass: (ms: number) => (now += ms) };
}

describe('a fence', () => {
  it('is refused when its operation has lifted it, or a later one', () => {
    const { order } = fences();
    order.fenced(second);
    order.fenced(second);
    order.lifted(afterwards(second));
    expect(() => order.fenced(first)).toThrow('comes late');
    expect(() => order.fenced(second)).toThrow('comes late');
    expect(() => order.fenced(third)).not.toThrow();
  });

  it('that an operation orders anew after it has lifted its own is not late', () => {
    const { order } = fences();
    order.fenced(second);
    order.lifted(afterwards(second));
    expect(() => order.fenced(afterwards(afterwards(second)))).not.toThrow();
  });

  it('that the next controller orders when it does the steps of an operation again is not late', () => {
    const { order } = fences();
    order.fenced(second);
    order.lifted(afterwards(second));
    expect(() => order.fenced(stamp('op-b', 8))).not.toThrow();
    expect(() => order.requireLift(afterwards(second))).toThrow('lifts its fence late');
  });

  it('in nobody’s name is never late', () => {
    const { order } = fences();
    order.lifted(second);
    expect(() => order.fenced(undefined)).not.toThrow();
  });

  it('cannot be late any more after twenty minutes', () => {
    const { order, pass } = fences();
    order.lifted(second);
    pass(20 * 60_000);
    expect(() => order.fenced(first)).toThrow('comes late');
    pass(1);
    expect(() => order.fenced(first)).not.toThrow();
  });
});

describe('what lifts a fence', () => {
  it('is refused when a later operation has fenced since, also over a restart of the agent', () => {
    const { order, clock } = fences();
    order.fenced(second);
    expect(() => order.lifted(first)).toThrow('lifts its fence late');
    for (const passes of [second, third, undefined]) expect(() => order.requireLift(passes)).not.toThrow();
    order.fenced(undefined);
    const restarted = new FenceOrder(clock, order.fence);
    expect(() => restarted.requireLift(first)).toThrow('lifts its fence late');
  });

  it('is refused when a later operation has lifted it, which may have brought the server up read-only', () => {
    const { order } = fences();
    order.lifted(second);
    expect(() => order.requireLift(first)).toThrow('lifts its fence late');
    expect(() => order.requireLift(second)).not.toThrow();
  });

  it('in whoever’s name passes a fence in nobody’s', () => {
    const { order } = fences();
    order.fenced(undefined);
    expect(() => order.requireLift(first)).not.toThrow();
  });

  it('cannot be late any more after twenty minutes', () => {
    const { order, pass } = fences();
    order.fenced(second);
    pass(20 * 60_000 + 1);
    expect(() => order.requireLift(first)).not.toThrow();
  });

  it('of what has fenced after a later one was forgotten is the one that counts', () => {
    const { order, pass } = fences();
    order.fenced(third);
    pass(20 * 60_000 + 1);
    order.fenced(second);
    expect(order.fence).toEqual(second);
    expect(() => order.requireLift(first)).toThrow('lifts its fence late');
  });
});
