/** Weekly maintenance windows in the configuration. */
import { z } from 'zod';
import { type MaintenanceWindow, weekdays } from '../../core/recovery/maintenance-window.ts';

const minute = (description: string) =>
  z
    .string()
    .transform((text, context): number => {
      const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
      if (hours !== undefined && minutes !== undefined) return Number(hours) * 60 + Number(minutes);
      context.issues.push({ code: 'custom', message: 'must be a time of day such as 02:30', input: text });
      return z.NEVER;
    })
    .meta({ description, takes: 'time of day, `HH:MM`' });

const window = z
  .strictObject({
    days: z.array(z.enum(weekdays)).min(1).meta({
      description: 'On which it begins.',
      takes: 'list of `sun`, `mon`, `tue`, `wed`, `thu`, `fri` or `sat`',
    }),
    from: minute('When it begins, UTC.'),
    to: minute('When it ends, UTC; on the next day where it is not later than `from`.'),
  })
  .transform(({ days, from, to }): MaintenanceWindow => ({ days, fromMinute: from, toMinute: to }));

export const maintenance = z.array(window).default([]).meta({
  description: 'Weekly hours without automatic failover, relocation or rejoin.',
});
