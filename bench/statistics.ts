/** What a series of measurements comes to. */

export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** Throws RangeError when there is nothing to sum up. */
export function summarize(values: readonly number[]): Summary {
  return {
    min: nearestRank(values, 0),
    median: median(values),
    p95: nearestRank(values, 0.95),
    max: nearestRank(values, 1),
  };
}

/** Of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const upper = at(sorted, Math.floor(sorted.length / 2));
  return sorted.length % 2 === 1 ? upper : (at(sorted, sorted.length / 2 - 1) + upper) / 2;
}

/**
 * The smallest value that at least `share` (0 to 1) of all values do not exceed: always one that was measured. Of 20
 * values, p95 is the second largest.
 */
export function nearestRank(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  // 0.95 × 20 is 19.000000000000004 in some orders of writing it: a rank must not move for that.
  const rank = Math.ceil(Number((share * sorted.length).toFixed(9)));
  return at(sorted, Math.max(rank, 1) - 1);
}

function ascending(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new RangeError('no values');
  return values.toSorted((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new RangeError(`no value of rank ${index + 1} among ${sorted.length}`);
  return value;
}
