/** Weekly hours without automatic failover, relocation or rejoin. In UTC, so that no clock change moves them. */

/** Sunday first, as the calendar of the language counts them. */
export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof weekdays)[number];

export interface MaintenanceWindow {
  /** Those on which it begins. */
  readonly days: readonly Weekday[];
  /** Minutes after midnight. */
  readonly fromMinute: number;
  /** As `fromMinute`; not later than it means on the next day. */
  readonly toMinute: number;
}

const dayMinutes = 24 * 60;
const minuteMs = 60_000;

/** When the window in force at `now` ends, epoch milliseconds; undefined when none is. Of several, the last to end. */
export function windowEnd(windows: readonly MaintenanceWindow[], now: number): number | undefined {
  const ends = windows.flatMap((window) => endsAfter(window, now));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function endsAfter({ days, fromMinute, toMinute }: MaintenanceWindow, now: number): readonly number[] {
  const lasts = toMinute > fromMinute ? toMinute - fromMinute : toMinute + dayMinutes - fromMinute;
  // One that began yesterday may go on.
  return [0, 1].flatMap((daysAgo) => {
    const midnight = Math.floor(now / (dayMinutes * minuteMs) - daysAgo) * dayMinutes * minuteMs;
    const day = weekdays[new Date(midnight).getUTCDay()];
    const from = midnight + fromMinute * minuteMs;
    const to = from + lasts * minuteMs;
    return day !== undefined && days.includes(day) && from <= now && now < to ? [to] : [];
  });
}
