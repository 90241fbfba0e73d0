/** Durations in the configuration. */
import { z } from 'zod';
import { parseDuration } from '../../core/duration.ts';

/** A key that takes a duration; milliseconds within the program. */
export function duration(description: string, atLeastMs = 0) {
  return z
    .unknown()
    .transform((value, context): number => {
      const ms = parseDuration(value);
      if (ms !== undefined && ms >= atLeastMs) return ms;
      const message =
        ms === undefined
          ? 'must be a duration such as 500ms, 2s, 10m or 1h, or a number of milliseconds'
          : `must be at least ${atLeastMs} ms`;
      context.issues.push({ code: 'custom', message, input: value });
      return z.NEVER;
    })
    .meta({ description, takes: 'duration' });
}
