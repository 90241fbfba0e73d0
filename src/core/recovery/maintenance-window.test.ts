import { describe, expect, it } from 'vitest';
import { type MaintenanceWindow, windowEnd } from './maintenance-window.ts';

const hours = (from: number, to: number, ...days: MaintenanceWindow['days']): MaintenanceWindow => ({
  days,
  fromMinute: from * 60,
  toMinute: to * 60,
});

/** 2026-11-21 is a Saturday. */
const at = (text: string): number => Date.parse(`2026-11-${text}:00Z`);

describe('a weekly maintenance window', () => {
  it.each<[string, MaintenanceWindow, string, string | undefined]>([
    ['holds from its first minute', hours(2, 4, 'sat'), '21T02:00', '21T04:00'],
    ['has ended at its last', hours(2, 4, 'sat'), '21T04:00', undefined],
    ['has not begun before', hours(2, 4, 'sat'), '21T01:59', undefined],
    ['is of its days only', hours(2, 4, 'sat', 'mon'), '22T03:00', undefined],
    ['goes on past midnight', hours(22, 2, 'sat'), '22T01:00', '22T02:00'],
    ['past midnight is of the day on which it began', hours(22, 2, 'sun'), '22T01:00', undefined],
    ['lasts a day when it ends as it begins', hours(6, 6, 'sat'), '22T05:59', '22T06:00'],
  ])('%s', (_what, window, now, end) => {
    expect(windowEnd([window], at(now))).toBe(end === undefined ? undefined : at(end));
  });

  it('of several in force, the last to end counts', () => {
    expect(windowEnd([hours(1, 5, 'sat'), hours(2, 4, 'sat')], at('21T03:00'))).toBe(at('21T05:00'));
  });
});
