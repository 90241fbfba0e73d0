/** Sets of hash slots, as sorted ranges. Everything here is total: what lies outside 0 to 16383 is left out. */

/** Both ends belong to it. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** Sorted; no two ranges overlap or touch. Made by the functions of this file only. */
export type SlotSet = readonly SlotRange[];

export const SLOT_COUNT = 16_384;
export const allSlots: SlotSet = [{ first: 0, last: SLOT_COUNT - 1 }];

/** Any ranges, in any order, as a set. */
export function slotSet(ranges: Iterable<SlotRange>): SlotSet {
  const sorted = [...ranges]
    .map(({ first, last }) => ({ first: Math.max(0, first), last: Math.min(SLOT_COUNT - 1, last) }))
    .filter(({ first, last }) => Number.isInteger(first) && Number.isInteger(last) && first <= last)
    .sort((a, b) => a.first - b.first);
  const joined: SlotRange[] = [];
  for (const range of sorted) {
    const before = joined.at(-1);
    if (before === undefined || range.first > before.last + 1) joined.push(range);
    else joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return joined;
}

export function slotsOf(numbers: Iterable<number>): SlotSet {
  return slotSet([...numbers].map((slot) => ({ first: slot, last: slot })));
}

/** Reads `0-5460 5462`, with blanks or commas between; undefined when a part is not a slot or a range of slots. */
export function parseSlots(text: string): SlotSet | undefined {
  const ranges: SlotRange[] = [];
  for (const part of text.split(/[\s,]+/).filter((piece) => piece !== '')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last || last >= SLOT_COUNT) return undefined;
    ranges.push({ first, last });
  }
  return slotSet(ranges);
}

/** `0-5460 5462`; empty for the empty set. */
export function formatSlots(slots: SlotSet): string {
  return slots.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(' ');
}

export function countSlots(slots: SlotSet): number {
  return slots.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

export function containsSlot(slots: SlotSet, slot: number): boolean {
  return slots.some(({ first, last }) => first <= slot && slot <= last);
}

export function unionSlots(...sets: readonly SlotSet[]): SlotSet {
  return slotSet(sets.flat());
}

export function intersectSlots(a: SlotSet, b: SlotSet): SlotSet {
  const common: SlotRange[] = [];
  let inA = 0;
  let inB = 0;
  for (;;) {
    const left = a[inA];
    const right = b[inB];
    if (left === undefined || right === undefined) return slotSet(common);
    common.push({ first: Math.max(left.first, right.first), last: Math.min(left.last, right.last) });
    if (left.last < right.last) inA += 1;
    else inB += 1;
  }
}

/** What `a` has and `b` has not. */
export function minusSlots(a: SlotSet, b: SlotSet): SlotSet {
  return intersectSlots(a, gaps(b));
}

function gaps(slots: SlotSet): SlotSet {
  const starts = [0, ...slots.map(({ last }) => last + 1)];
  const ends = [...slots.map(({ first }) => first - 1), SLOT_COUNT - 1];
  return slotSet(starts.map((first, index) => ({ first, last: ends[index] ?? -1 })));
}

/** Whether all of `b` is in `a`. */
export function includesSlots(a: SlotSet, b: SlotSet): boolean {
  return minusSlots(b, a).length === 0;
}

/** The n lowest, or all when there are fewer. */
export function firstSlots(slots: SlotSet, n: number): SlotSet {
  const taken: SlotRange[] = [];
  let left = Math.max(0, Math.floor(n));
  for (const { first, last } of slots) {
    if (left === 0) break;
    const count = Math.min(left, last - first + 1);
    taken.push({ first, last: first + count - 1 });
    left -= count;
  }
  return taken;
}

/** Every slot by itself, in order. */
export function listSlots(slots: SlotSet): readonly number[] {
  return slots.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n));
}
