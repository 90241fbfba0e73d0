/** The longest time in which nobody's write was acknowledged, as its writers saw it. */

export interface GapWindow {
  /** Epoch microseconds: what ended before is not looked at. */
  readonly from: number;
  readonly to: number;
}

export interface Gap {
  readonly ms: number;
  /** The acknowledgements around it, or the window's end where there is none. */
  readonly from: number;
  readonly to: number;
  /** No acknowledgement came after it: it may have gone on. */
  readonly open: boolean;
}

/**
 * `ackedAt`: epoch microseconds of acknowledged writes, in any order, of however many servers. A gap that began before
 * the window and reaches into it counts whole: a pause begins with the last write that got through, and that may be
 * older than the act. Undefined when nothing was acknowledged before the window ended.
 */
export function longestGap(ackedAt: readonly number[], { from, to }: GapWindow): Gap | undefined {
  const inOrder = ackedAt.filter((at) => at <= to).toSorted((a, b) => a - b);
  let longest: Gap | undefined;
  for (const [index, at] of inOrder.entries()) {
    const next = inOrder[index + 1];
    const end = next ?? to;
    if (end < from) continue;
    const gap = { ms: (end - at) / 1000, from: at, to: end, open: next === undefined };
    if (longest === undefined || gap.ms > longest.ms) longest = gap;
  }
  return longest;
}
