/**
 * MySQL GTID sets: which transactions a server has, by origin. Pure set algebra on the text that
 * gtid_executed, gtid_purged and Retrieved_Gtid_Set hold; what a difference means is for others to say.
 * Grammar: "GTID Sets" in https://dev.mysql.com/doc/refman/9.5/en/replication-gtids-concepts.html
 */
import { type Ordering, type Position, type PositionAlgebra, position } from '../../core/positions.ts';

/** BigInt exactly when above 2^53 - 1: equal numbers are then also `===`, and ordinary sets stay fast. */
type TransactionNumber = number | bigint;

/**
 * Where the set begins and ends along one origin, strictly ascending: in from the first number, out from the
 * second, in again from the third. 1-5 and 9 are [1, 6, 9, 10]. Touching intervals cannot be written.
 */
type Bounds = readonly TransactionNumber[];

/**
 * Origin (`uuid`, or `uuid:tag` since 8.3; lower case) to its transactions, in the order MySQL prints: by UUID,
 * untagged before tagged. No origin is without a transaction.
 */
export type GtidSet = ReadonlyMap<string, Bounds>;

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const uuidLength = 36;
const tagForm = /^[a-z_][a-z0-9_]{0,31}$/i;
const intervalForm = /^0*(\d{1,19})(?:\s*-\s*0*(\d{1,19}))?$/;

/** The manual's limit; servers stop one short of it. */
const greatestNumber = 2n ** 63n - 1n;

const narrowed = (wide: bigint): TransactionNumber =>
  wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;

function numberFrom(digits: string): TransactionNumber {
  const near = Number(digits);
  return Number.isSafeInteger(near) ? near : BigInt(digits);
}

const after = (n: TransactionNumber): TransactionNumber =>
  typeof n === 'number' && n < Number.MAX_SAFE_INTEGER ? n + 1 : BigInt(n) + 1n;

const before = (n: TransactionNumber): TransactionNumber =>
  typeof n === 'number' ? n - 1 : narrowed(n - 1n);

type Run = readonly [from: TransactionNumber, end: TransactionNumber];

function readInterval(text: string): Run | undefined {
  const [, first, last = first] = intervalForm.exec(text) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const from = numberFrom(first);
  const to = numberFrom(last);
  return from < 1 || to < from || to > greatestNumber ? undefined : [from, after(to)];
}

/** Adds one `uuid[:tag]:interval[:interval]…[:tag:interval…]…` to `runs`; false when it is not one. */
function readOrigins(text: string, runs: Map<string, Run[]>): boolean {
  const [uuid = '', ...items] = text.toLowerCase().split(':');
  const origin = uuid.trim();
  if (!uuidForm.test(origin)) return false;
  let current: Run[] | undefined;
  let tag = '';
  for (const item of items.map((each) => each.trim())) {
    if (tagForm.test(item)) {
      if (tag !== '' && current === undefined) return false;
      tag = `:${item}`;
      current = undefined;
      continue;
    }
    const run = readInterval(item);
    if (run === undefined) return false;
    if (current === undefined) {
      current = runs.get(origin + tag) ?? [];
      runs.set(origin + tag, current);
    }
    current.push(run);
  }
  return current !== undefined;
}

/** Linear when the runs come sorted, as servers print them. */
function boundsOf(runs: readonly Run[]): Bounds {
  const bounds: TransactionNumber[] = [];
  for (const [from, end] of runs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const last = bounds.at(-1);
    if (last === undefined || from > last) bounds.push(from, end);
    else if (end > last) bounds[bounds.length - 1] = end;
  }
  return bounds;
}

/**
 * Takes what MySQL takes (either case, white space, empty entries, intervals in any order), except what it
 * silently reads as nothing: an origin without interval and an interval that ends before it starts. A server
 * never prints these, so they are a text cut short or mangled, and reading less than was meant loses data.
 */
export function parseGtidSet(text: string): GtidSet | undefined {
  const runs = new Map<string, Run[]>();
  for (const part of text.split(',')) {
    if (part.trim() !== '' && !readOrigins(part, runs)) return undefined;
  }
  // Code-unit order is MySQL's order: UUIDs have one length, and its tags sort digits, `_`, letters.
  const origins = [...runs].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(origins.map(([origin, found]) => [origin, boundsOf(found)]));
}

function runsOf(bounds: Bounds): Run[] {
  const runs: Run[] = [];
  let from: TransactionNumber | undefined;
  for (const bound of bounds) {
    if (from !== undefined) runs.push([from, bound]);
    from = from === undefined ? bound : undefined;
  }
  return runs;
}

const formatRun = ([from, end]: Run): string => {
  const to = before(end);
  return from === to ? `${from}` : `${from}-${to}`;
};

/** As MySQL prints it: each UUID once on a line of its own, then its untagged and its tagged intervals. */
export function formatGtidSet(set: GtidSet): string {
  let text = '';
  let previous = '';
  for (const [origin, bounds] of set) {
    const uuid = origin.slice(0, uuidLength);
    const runs = runsOf(bounds).map(formatRun).join(':');
    const name = uuid === previous ? origin.slice(uuidLength) : origin;
    text += `${text !== '' && uuid !== previous ? ',\n' : ''}${name}:${runs}`;
    previous = uuid;
  }
  return text;
}

type Keep = (inA: boolean, inB: boolean) => boolean;

/** Walks both lists once; having passed an odd number of bounds is being inside. */
function combineBounds(a: Bounds, b: Bounds, keep: Keep): Bounds {
  const kept: TransactionNumber[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const nextA = a[i];
    const nextB = b[j];
    const at = nextB === undefined || (nextA !== undefined && nextA < nextB) ? nextA : nextB;
    if (at === undefined) return kept;
    if (nextA === at) i++;
    if (nextB === at) j++;
    if (keep(i % 2 === 1, j % 2 === 1) !== (kept.length % 2 === 1)) kept.push(at);
  }
}

function combineSets(a: GtidSet, b: GtidSet, keep: Keep): GtidSet {
  const combined = new Map<string, Bounds>();
  for (const origin of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    const bounds = combineBounds(a.get(origin) ?? [], b.get(origin) ?? [], keep);
    if (bounds.length > 0) combined.set(origin, bounds);
  }
  return combined;
}

export const unionGtidSets = (a: GtidSet, b: GtidSet): GtidSet => combineSets(a, b, (inA, inB) => inA || inB);

/** What `a` has and `b` lacks. */
export const subtractGtidSets = (a: GtidSet, b: GtidSet): GtidSet =>
  combineSets(a, b, (inA, inB) => inA && !inB);

/** How many transactions; rounded above 2^53, yet never to zero. */
export function countGtidSet(set: GtidSet): number {
  let count = 0;
  for (const bounds of set.values()) {
    for (const [from, end] of runsOf(bounds)) count += Number(BigInt(end) - BigInt(from));
  }
  return count;
}

/** One by one, in the order MySQL prints them: `uuid:5`, `uuid:tag:6`. */
export function* gtidsOf(set: GtidSet): Generator<string> {
  for (const [origin, bounds] of set) {
    for (const [from, end] of runsOf(bounds)) {
      for (let at = from; at < end; at = after(at)) yield `${origin}:${at}`;
    }
  }
}

/** Leaves out everything that originates on these servers, whatever its tag. */
export function withoutSources(set: GtidSet, uuids: readonly string[]): GtidSet {
  const left = new Set(uuids.map((uuid) => uuid.toLowerCase()));
  return new Map([...set].filter(([origin]) => !left.has(origin.slice(0, uuidLength))));
}

/**
 * What a replica has that the primary lacks and that did not originate on the primary. Its own UUIDs are left
 * out because the two sets are never read at one instant: a replica read later has newer ones.
 */
export const errantGtids = (
  replicaExecuted: GtidSet,
  primaryExecuted: GtidSet,
  primaryUuids: readonly string[],
): GtidSet => withoutSources(subtractGtidSets(replicaExecuted, primaryExecuted), primaryUuids);

function setAt(at: Position): GtidSet {
  const set = parseGtidSet(at);
  if (set === undefined) throw new TypeError(`not a MySQL GTID set: ${at}`);
  return set;
}

function compare(a: Position, b: Position): Ordering {
  if (a === b) return 'equal';
  const [setA, setB] = [setAt(a), setAt(b)];
  const aHasMore = subtractGtidSets(setA, setB).size > 0;
  const bHasMore = subtractGtidSets(setB, setA).size > 0;
  if (aHasMore) return bHasMore ? 'diverged' : 'ahead';
  return bHasMore ? 'behind' : 'equal';
}

/** `…9562:1-88231`; with holes only the last interval: `…9562:…:90-88231`. */
function briefOrigin([origin, bounds]: [string, Bounds]): string {
  const holes = bounds.length > 2 ? '…:' : '';
  const last = runsOf(bounds.slice(-2)).map(formatRun).join('');
  return `…${origin.slice(uuidLength - 4)}:${holes}${last}`;
}

export const gtidPositions: PositionAlgebra = {
  parse: (text) => {
    const set = parseGtidSet(text);
    return set && position(formatGtidSet(set));
  },
  compare,
  union: (a, b) => position(formatGtidSet(unionGtidSets(setAt(a), setAt(b)))),
  missing: (a, b) => {
    const lacking = subtractGtidSets(setAt(a), setAt(b));
    return { count: countGtidSet(lacking), text: formatGtidSet(lacking) };
  },
  brief: (a) => [...setAt(a)].map(briefOrigin).join(', ') || 'empty',
};
