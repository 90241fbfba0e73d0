import { expect, it } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import { awaitGone } from './end-process.ts';
import type { ProcessState } from './thread-state.ts';

const call = { signal: new AbortController().signal, deadlineMs: 60_000 };

/** Each look takes as long as the sleep between two of them; what waits for the deadline waits for ever. */
function time(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      if (ms >= call.deadlineMs) return new Promise(() => undefined);
      now += ms;
      return Promise.resolve();
    },
  };
}

function looks(states: readonly (ProcessState | undefined)[]) {
  let taken = 0;
  return { take: () => states[taken++], left: () => states.length - taken };
}

const times = (count: number, state: ProcessState): readonly ProcessState[] =>
  Array.from({ length: count }, () => state);

it('a killed process that waits for its disk now and then is awaited until it has ended', async () => {
  const onItsWay = Array.from({ length: 5 }, () => [...times(100, 'doomed'), ...times(3, 'runs')]).flat();
  const { take, left } = looks([...onItsWay, undefined]);
  expect(await awaitGone(7, call, time(), take)).toBe('ended');
  expect(left()).toBe(0);
});

it('a killed process that waits for its disk and for nothing else is as good as gone', async () => {
  const { take, left } = looks([...times(3, 'runs'), ...times(1000, 'doomed')]);
  expect(await awaitGone(7, call, time(), take)).toBe('doomed');
  expect(left()).toBeGreaterThan(700);
});
