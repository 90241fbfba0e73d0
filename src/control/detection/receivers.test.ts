import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { Receivers } from './receivers.ts';

function scene() {
  const clock = new VirtualClock();
  const receivers = new Receivers(clock);
  receivers.begin();
  const began = clock.monotonic();
  const pass = (ms: number): void => clock.skipTo(clock.monotonic() + ms);
  return { clock, receivers, began, pass };
}

const done = (): Promise<void> => Promise.resolve();

describe('what receivers have tried', () => {
  it('one that ran and does not any more has just tried', () => {
    const { receivers, began, pass } = scene();
    receivers.saw('db2', 'connecting', true);
    pass(40);
    expect(receivers.history('db2', began)).toEqual({ tried: true, renewed: false, tryingMs: 40 });
  });

  it('one that had lost its source before has not', () => {
    const { receivers, began } = scene();
    receivers.saw('db2', 'connecting', false);
    expect(receivers.history('db2', began)).toEqual({ tried: false, renewed: false, tryingMs: 0 });
  });

  it('a try that is long past says nothing of now', () => {
    const { receivers, began, pass } = scene();
    receivers.saw('db2', 'connecting', true);
    pass(2999);
    expect(receivers.history('db2', began).tried).toBe(true);
    pass(1);
    expect(receivers.history('db2', began).tried).toBe(false);
  });

  it('that one runs is proof only in the inquest in which it connected', async () => {
    const { receivers, clock, began, pass } = scene();
    receivers.saw('db2', 'running', true);
    expect(receivers.history('db2', began).tried).toBe(false);
    pass(10);
    await receivers.renew('db2', done);
    receivers.saw('db2', 'running', true);
    expect(receivers.history('db2', began).tried).toBe(true);
    pass(10);
    expect(receivers.history('db2', clock.monotonic()).tried).toBe(false);
  });

  it('one that was made to try was made to in this inquest, or in an earlier one', async () => {
    const { receivers, clock, began, pass } = scene();
    receivers.saw('db2', 'connecting', true);
    expect(receivers.history('db2', began)).toMatchObject({ tried: true, renewed: false });
    pass(10);
    await receivers.renew('db2', done);
    expect(receivers.history('db2', began).renewed).toBe(true);
    pass(10);
    expect(receivers.history('db2', clock.monotonic())).toMatchObject({ tried: true, renewed: false });
  });

  it('what is seen during a renewal is told from what is seen before and after', async () => {
    const { receivers } = scene();
    const before = receivers.undisturbed('db2');
    const { promise, resolve } = Promise.withResolvers<void>();
    const renewal = receivers.renew('db2', () => promise);
    expect(receivers.undisturbed('db2')).toBeUndefined();
    resolve();
    await renewal;
    expect(receivers.undisturbed('db2')).not.toBe(before);
  });
});

describe('who may be made to connect anew', () => {
  const running = (receivers: Receivers): void => {
    for (const name of ['db2', 'db3', 'db4']) receivers.saw(name, 'running', true);
  };

  it('all at once where nobody waits for them', async () => {
    const { receivers } = scene();
    running(receivers);
    void receivers.renew('db2', done);
    expect(receivers.mayRenew('db3', false)).toBe(true);
  });

  it('one first where a primary may wait for acknowledgements, the others when that one has told', async () => {
    const { receivers } = scene();
    running(receivers);
    expect(receivers.mayRenew('db2', true)).toBe(true);
    await receivers.renew('db2', done);
    expect(receivers.mayRenew('db3', true)).toBe(false);
    receivers.settle('db2');
    expect(receivers.mayRenew('db3', true)).toBe(true);
    expect(receivers.mayRenew('db4', true)).toBe(true);
  });

  it('the others, too, when the first is kept waiting', () => {
    const { receivers, pass } = scene();
    running(receivers);
    void receivers.renew('db2', () => new Promise(() => undefined));
    pass(299);
    expect(receivers.mayRenew('db3', true)).toBe(false);
    pass(1);
    expect(receivers.mayRenew('db3', true)).toBe(true);
  });

  it('one that does not run, always; one that somebody stopped, never', () => {
    const { receivers } = scene();
    receivers.areFed();
    receivers.saw('db2', 'connecting', false);
    receivers.saw('db3', 'stopped', false);
    expect(receivers.mayRenew('db2', true)).toBe(true);
    expect(receivers.mayRenew('db3', true)).toBe(false);
  });

  it('those that are fed are left alone for longer and longer', () => {
    const { receivers, pass } = scene();
    running(receivers);
    for (const pauseMs of [1000, 2000, 4000, 8000, 15_000, 15_000]) {
      receivers.areFed();
      pass(pauseMs - 1);
      expect(receivers.mayRenew('db2', false)).toBe(false);
      pass(1);
      expect(receivers.mayRenew('db2', false)).toBe(true);
    }
  });
});
