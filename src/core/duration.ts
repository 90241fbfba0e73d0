/** Durations as people write them: `500ms`, `2s`, `1.5h`, or a number of milliseconds. */
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** In milliseconds; undefined when it is no duration. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim());
  const unit = match?.[2] as keyof typeof UNIT_MS | undefined;
  return match && unit ? Number(match[1]) * UNIT_MS[unit] : undefined;
}
