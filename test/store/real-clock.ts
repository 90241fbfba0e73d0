/** The machine's clock, for tests of real processes and real disks. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal }),
};
