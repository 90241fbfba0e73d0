/**
 * What a server has received and not applied, read from its relay log: for channels whose status does not tell. The
 * receivers are stopped; the appliers may run, and throw away meanwhile what they have applied.
 */
import type { Call } from '../../core/clock.ts';
import type { Position, PositionAlgebra } from '../../core/positions.ts';
import { serverErrorNumber } from './driver-errors.ts';
import { number, type Row } from './rows.ts';
import type { Sessions } from './sessions.ts';

/** The applier goes on at this event. */
export interface RelayPlace {
  readonly channel: string;
  readonly file: string;
  readonly offset: number;
}

/** A part of a file's events: those from `offset` on, without the first `skip`. */
export interface RelayPage extends RelayPlace {
  readonly skip: number;
}

export interface RelayLogDialect {
  /** By a channel's row of the status. */
  place(row: Row): RelayPlace | undefined;
  /** Column `Pos`: where in the file an event begins. */
  events(page: RelayPage, limit: number): string;
  /** Of one channel's events in their order: gives a transaction at the event that ends it. */
  reader(): (event: Row) => Position | undefined;
}

export interface RelayLogParts {
  readonly relayLog: RelayLogDialect;
  readonly positions: PositionAlgebra;
  readonly sessions: Sessions;
}

export interface ReadRelayLog {
  /** Whole transactions only; undefined when there is none. */
  readonly found: Position | undefined;
  /** The name of the first file that is not there. */
  readonly end: string;
}

/** Events in one answer; each may hold a statement's whole text. */
const pageSize = 1000;
/** ER_ERROR_WHEN_EXECUTING_COMMAND, which says more in words. */
const notShown = 1220;
const noSuchFile = /could not find target log/i;

/** From there to the end. Takes as long as there is to read; the deadline bounds it. */
export async function readRelayLog(
  parts: RelayLogParts,
  from: RelayPlace,
  left: () => Call,
): Promise<ReadRelayLog> {
  const { positions } = parts;
  let all: Position | undefined;
  const read = parts.relayLog.reader();
  let page: RelayPage = { ...from, skip: 0 };
  let startsAnywhere = true;
  for (;;) {
    const found = await shown(parts, page, left());
    if (found === 'no file') return { found: all, end: page.file };
    if (found === 'not from there') {
      startsAnywhere = false;
      page = { ...page, offset: firstEvent, skip: 0 };
      continue;
    }
    const applied = page.file === from.file ? from.offset : 0;
    for (const row of found) {
      const position = offsetOf(row) < applied ? undefined : read(row);
      if (position !== undefined) all = all === undefined ? position : positions.union(all, position);
    }
    if (found.length < pageSize) page = { ...page, file: following(page.file), offset: firstEvent, skip: 0 };
    // Where an event ends is not told: from the last one on, but it.
    else if (startsAnywhere) page = { ...page, offset: offsetOf(found.at(-1)), skip: 1 };
    else page = { ...page, skip: page.skip + found.length };
  }
}

/**
 * The server only starts at any event when it made checksums as the source did: how events are to be read stands in
 * the file before them, and it does not look there (seen on MariaDB 10.11.19).
 */
async function shown(
  { relayLog, sessions }: RelayLogParts,
  page: RelayPage,
  call: Call,
): Promise<readonly Row[] | 'no file' | 'not from there'> {
  try {
    const sql = relayLog.events(page, pageSize);
    const [rows = []] = await sessions.query('work', 'read the relay log', sql, call);
    return rows;
  } catch (thrown) {
    if (serverErrorNumber(thrown) !== notShown) throw thrown;
    if (noSuchFile.test(String(thrown))) return 'no file';
    if (page.offset === firstEvent) throw thrown;
    return 'not from there';
  }
}

/** Of every file; before it stand four bytes that say what it is. */
const firstEvent = 4;

const offsetOf = (row: Row | undefined): number => number(row, 'Pos') ?? firstEvent;

const numberOf = (file: string): bigint => BigInt(/\d+$/.exec(file)?.[0] ?? '0');

/** Whether a file comes later than what was read: those before it were thrown away while it was read. */
export const isBeyond = (file: string, { end }: ReadRelayLog): boolean => numberOf(file) >= numberOf(end);

const following = (file: string): string =>
  file.replace(/\d+$/, (digits) => String(BigInt(digits) + 1n).padStart(digits.length, '0'));
