/** Durations as people write them: `500ms`, `2s`, `1.5h`, or a number of milliseconds. */
import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** In milliseconds; undefined when it is no duration. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim());
  const unit = match?.[2] as keyof typeof UNIT_MS | undefined;
  return match && unit ? Number(match[1]) * UNIT_MS[unit] : undefined;
}

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
