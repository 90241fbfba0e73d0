import { describe, expect, it } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import { operationId } from '../../core/identity.ts';
import { LiftedFences } from './lifted-fences.ts';

const [first, second, third] = ['op-a-1', 'op-b-1', 'op-c-1'].map(operationId);

function fences() {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  return { clock, lifted: new LiftedFences(clock), pass: (ms: number) => (now += ms) };
}

describe('a fence', () => {
  it('is refused when its operation has lifted it, or a later one', () => {
    const { lifted } = fences();
    expect(() => lifted.refuse(second)).not.toThrow();
    lifted.note(second);
    expect(() => lifted.refuse(first)).toThrow('comes late');
    expect(() => lifted.refuse(second)).toThrow('comes late');
    expect(() => lifted.refuse(third)).not.toThrow();
  });

  it('is not let through again by an earlier operation that lifts it, too', () => {
    const { lifted } = fences();
    lifted.note(second);
    lifted.note(first);
    expect(() => lifted.refuse(second)).toThrow('comes late');
  });

  it('in nobody’s name is never late', () => {
    const { lifted } = fences();
    lifted.note(second);
    expect(() => lifted.refuse(undefined)).not.toThrow();
  });

  it('cannot be late any more after twenty minutes', () => {
    const { lifted, pass } = fences();
    lifted.note(second);
    pass(20 * 60_000);
    expect(() => lifted.refuse(first)).toThrow('comes late');
    pass(1);
    expect(() => lifted.refuse(first)).not.toThrow();
  });
});

describe('what lifts a fence', () => {
  it('is refused when a later operation has fenced since, also over a restart of the agent', () => {
    const { lifted, clock } = fences();
    lifted.hold(second);
    expect(() => lifted.refuseLift(first)).toThrow('lifts its fence late');
    for (const passes of [second, third, undefined]) expect(() => lifted.refuseLift(passes)).not.toThrow();
    lifted.hold(undefined);
    const restarted = new LiftedFences(clock, lifted.holder);
    expect(() => restarted.refuseLift(first)).toThrow('lifts its fence late');
  });

  it('is refused when a later operation has lifted it, which may have brought the server up read-only', () => {
    const { lifted } = fences();
    lifted.note(second);
    expect(() => lifted.refuseLift(first)).toThrow('lifts its fence late');
    expect(() => lifted.refuseLift(second)).not.toThrow();
  });

  it('in whoever’s name passes a fence in nobody’s', () => {
    const { lifted } = fences();
    lifted.hold(undefined);
    expect(() => lifted.refuseLift(first)).not.toThrow();
  });

  it('cannot be late any more after twenty minutes', () => {
    const { lifted, pass } = fences();
    lifted.hold(second);
    pass(20 * 60_000 + 1);
    expect(() => lifted.refuseLift(first)).not.toThrow();
  });
});
