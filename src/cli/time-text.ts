/** Times and durations as people read them. UTC, so that what two people read out to each other is the same. */

/** As exact as is of use: `3.1 ms`, `412 ms`, `2.4 s`, `3 min 12 s`. */
export function durationText(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2026-11-20 11:31:47.000 UTC` */
export function instantText(at: number): string {
  return `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

/** `2026-11-20 11:31:47`, for columns. */
export function shortInstantText(at: number): string {
  return instantText(at).slice(0, 19);
}
