/**
 * MariaDB GTID positions and binlog states. A GTID is `domain-server-sequence`; within a domain the sequence
 * orders one history, whoever wrote it (gtid_strict_mode enforces that; without it the answers here are as
 * good as MASTER_GTID_WAIT's, which compares the same way).
 * Source: https://mariadb.com/docs/server/ha-and-performance/standard-replication/gtid/gtid-system-variables
 */
import {
  type Ordering,
  type Position,
  type PositionAlgebra,
  type PositionGap,
  position,
} from '../../core/positions.ts';

/** Domain and server are uint32, the sequence uint64. */
export interface MariadbGtid {
  readonly domain: number;
  readonly server: number;
  readonly sequence: bigint;
}

/**
 * The newest GTID of each domain and server (gtid_binlog_state), by domain then server. A position
 * (gtid_slave_pos, gtid_binlog_pos, gtid_current_pos) is a state with one entry a domain.
 */
export type BinlogState = readonly MariadbGtid[];

const gtidForm = /^(\d{1,10})-(\d{1,10})-(\d{1,20})$/;
const greatestId = 2 ** 32 - 1;
const greatestSequence = 2n ** 64n - 1n;

function readGtid(text: string): MariadbGtid | undefined {
  const [, domain, server, sequence] = gtidForm.exec(text) ?? [];
  if (domain === undefined || server === undefined || sequence === undefined) return undefined;
  const gtid = { domain: Number(domain), server: Number(server), sequence: BigInt(sequence) };
  const fits = gtid.domain <= greatestId && gtid.server <= greatestId && gtid.sequence <= greatestSequence;
  return fits ? gtid : undefined;
}

const originOf = (gtid: MariadbGtid): string => `${gtid.domain}-${gtid.server}`;

const byOrigin = (a: MariadbGtid, b: MariadbGtid): number => a.domain - b.domain || a.server - b.server;

/** Takes positions as well. Sequence 0 means "nothing yet" and is left out; a repeated origin is an error. */
export function parseBinlogState(text: string): BinlogState | undefined {
  if (text.trim() === '') return [];
  const gtids: MariadbGtid[] = [];
  for (const part of text.split(',')) {
    const gtid = readGtid(part.trim());
    if (gtid === undefined) return undefined;
    gtids.push(gtid);
  }
  if (new Set(gtids.map(originOf)).size < gtids.length) return undefined;
  return gtids.filter((gtid) => gtid.sequence > 0n).sort(byOrigin);
}

const formatGtid = (gtid: MariadbGtid): string => `${originOf(gtid)}-${gtid.sequence}`;

/** Not for SET gtid_binlog_state: there a domain's last entry becomes its newest, here they stand by server. */
export const formatBinlogState = (state: BinlogState): string => state.map(formatGtid).join(',');

/** Everything in either: the greater sequence of each domain and server. */
export function mergeBinlogStates(a: BinlogState, b: BinlogState): BinlogState {
  const merged = new Map<string, MariadbGtid>();
  for (const gtid of [...a, ...b]) {
    const other = merged.get(originOf(gtid));
    if (other === undefined || other.sequence < gtid.sequence) merged.set(originOf(gtid), gtid);
  }
  return [...merged.values()].sort(byOrigin);
}

/** Of two with one sequence, which only diverged histories have, either will do, but always the same. */
const isLater = (a: MariadbGtid, b: MariadbGtid): boolean =>
  a.sequence > b.sequence || (a.sequence === b.sequence && a.server > b.server);

/**
 * The position a state ends at: per domain the greatest sequence. Not the last entry in the server's text:
 * that is the newest in small states only, since the server sorts by domain alone and not stably
 * (rpl_slave_state_tostring_helper; seen on 10.11 with 40 servers a domain).
 */
function newestByDomain(state: BinlogState): ReadonlyMap<number, MariadbGtid> {
  const newest = new Map<number, MariadbGtid>();
  for (const gtid of state) {
    const other = newest.get(gtid.domain);
    if (other === undefined || isLater(gtid, other)) newest.set(gtid.domain, gtid);
  }
  return newest;
}

export interface OriginsBeyond {
  /** The reference surely lacks these and what led to them from there. */
  readonly errant: BinlogState;
  /** The reference may have had these before its log was reset or cloned, or may never have had them. */
  readonly uncertain: BinlogState;
}

/**
 * Which of a replica's origins go beyond what the reference, its primary, holds: transactions that were
 * written elsewhere and never came to it. `exceptServers` are the primary's own numbers: what it wrote since
 * it was looked at is not errant.
 *
 * `reference` must hold all that is known of the primary: its gtid_binlog_state merged with its position. After
 * RESET MASTER or on a restored backup the state alone begins in the middle of the history or is empty, and
 * lacks servers that wrote before. For a server it does not know, therefore:
 * - a sequence above the domain's newest is errant: no history of the reference reaches so far;
 * - a sequence that the reference knows of another server is errant: strict mode gives each number once;
 * - a lower one cannot be told from plain history (a stray write takes the next number, and the primary's own
 *   writes soon pass it), and is uncertain.
 * Of a server that it knows, only what lies above its entry is seen: a stray write below a later one of the same
 * server (a former primary restored from an old backup and then written to) is not.
 */
export function originsBeyond(
  state: BinlogState,
  reference: BinlogState,
  exceptServers: readonly number[],
): OriginsBeyond {
  const known = new Map(reference.map((gtid) => [originOf(gtid), gtid.sequence]));
  const numbers = new Set(reference.map((gtid) => `${gtid.domain}:${gtid.sequence}`));
  const newest = newestByDomain(reference);
  const errant: MariadbGtid[] = [];
  const uncertain: MariadbGtid[] = [];
  for (const gtid of state) {
    if (exceptServers.includes(gtid.server)) continue;
    const held = known.get(originOf(gtid));
    const reached = held ?? newest.get(gtid.domain)?.sequence ?? 0n;
    const taken = held === undefined && numbers.has(`${gtid.domain}:${gtid.sequence}`);
    if (gtid.sequence > reached || taken) errant.push(gtid);
    else if (held === undefined) uncertain.push(gtid);
  }
  return { errant, uncertain };
}

type ByDomain = ReturnType<typeof newestByDomain>;

function newestAt(at: Position): ByDomain {
  const state = parseBinlogState(at);
  if (state === undefined) throw new TypeError(`not a MariaDB GTID position: ${at}`);
  return newestByDomain(state);
}

const formatPosition = (newest: ByDomain): string => formatBinlogState([...newest.values()]);

/** The domains in which `a` has what `b` lacks. One sequence from two servers is two histories. */
const surplus = (a: ByDomain, b: ByDomain): MariadbGtid[] =>
  [...a.values()].filter((gtid) => {
    const other = b.get(gtid.domain);
    if (other === undefined || gtid.sequence > other.sequence) return true;
    return gtid.sequence === other.sequence && gtid.server !== other.server;
  });

function compare(a: Position, b: Position): Ordering {
  const [newestA, newestB] = [newestAt(a), newestAt(b)];
  const aHasMore = surplus(newestA, newestB).length > 0;
  const bHasMore = surplus(newestB, newestA).length > 0;
  if (aHasMore) return bHasMore ? 'diverged' : 'ahead';
  return bHasMore ? 'behind' : 'equal';
}

function missing(a: Position, b: Position): PositionGap {
  const held = newestAt(b);
  let count = 0n;
  const texts: string[] = [];
  for (const gtid of surplus(newestAt(a), held)) {
    const from = held.get(gtid.domain);
    const numbers = gtid.sequence - (from?.sequence ?? 0n);
    count += numbers > 0n ? numbers : 1n;
    texts.push(`${from === undefined ? '' : formatGtid(from)}..${formatGtid(gtid)}`);
  }
  return { count: Number(count), text: texts.join(',') };
}

/**
 * `parse` keeps every entry of a state; everything else looks at the position it ends at, so a state may stand
 * where a position is meant, and every answer is a position. What a domain's newest GTID does not tell (a
 * stray write below it) is not seen here: ask `originsBeyond`.
 *
 * `missing`: text is `0-1-105..0-1-110` per domain, after the first (which `b` has) up to the second, `..0-1-7`
 * when `b` has nothing of the domain. The count is how far the sequence numbers are apart, at least one a domain:
 * exact in one history without holes, too small after a fork below the lesser number, too large by
 * holes (domains that began elsewhere, gtid_seq_no).
 *
 * `union` of diverged positions keeps the greater sequence and so does not contain the other's stray writes.
 */
export const mariadbPositions: PositionAlgebra = {
  parse: (text) => {
    const state = parseBinlogState(text);
    return state && position(formatBinlogState(state));
  },
  compare,
  union: (a, b) => {
    const both = newestByDomain([...newestAt(a).values(), ...newestAt(b).values()]);
    return position(formatBinlogState([...both.values()].sort(byOrigin)));
  },
  missing,
  brief: (a) => formatPosition(newestAt(a)) || 'empty',
};
