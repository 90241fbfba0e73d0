/**
 * Time that processes of one machine can compare to the microsecond: the kernel's monotonic clock, shown as
 * epoch microseconds by an offset that a parent hands to its children.
 */
function measureOffsetUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) - monotonicUs();
}

export interface MachineClock {
  readonly offsetUs: number;
  /** Epoch microseconds; never goes back. */
  nowUs(): number;
}

export function machineClock(offsetUs: number): MachineClock {
  return { offsetUs, nowUs: () => monotonicUs() + offsetUs };
}

/** This process's clock; its offset is what to give to a writer. */
export const clock: MachineClock = machineClock(measureOffsetUs());

/** Since the machine started; the same in every process. */
function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
