/** The time leases are measured in: must mean something to the next run, and must not jump within one. */
import type { Clock } from '../../core/clock.ts';

/**
 * Epoch milliseconds as of opening, carried on by the monotonic clock: a clock that NTP or a person sets
 * while the store is open neither ends a lease early nor keeps it alive.
 */
export function leaseTime(clock: Clock): () => number {
  const offset = clock.now() - clock.monotonic();
  return () => offset + clock.monotonic();
}
