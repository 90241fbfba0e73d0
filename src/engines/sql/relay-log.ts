/**
 * What a server has received and not applied, read from its relay log: for channels whose status does not tell. The
 * receivers are stopped; the appliers may run, and throw away meanwhile what they have applied.
 */
import type { Call } from '../../core/clock.ts';
import type { Position, PositionAlgebra } from '../../core/positions.ts';
import { answerSize, type EventPage, firstEvent, numberOf, offsetOf } from './event-pages.ts';
import { afterAnswer, type RelayReading } from './relay-pages.ts';
import type { Row } from './rows.ts';
import type { Sessions } from './sessions.ts';
import { whyNotShown } from './why-not-shown.ts';

/** The applier goes on at this event. */
export interface RelayPlace {
  readonly channel: string;
  readonly file: string;
  readonly offset: number;
}

export interface RelayPage extends RelayPlace, EventPage {}

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

/** From there to the end. Takes as long as there is to read; the deadline bounds it. */
export async function readRelayLog(
  parts: RelayLogParts,
  from: RelayPlace,
  left: () => Call,
): Promise<ReadRelayLog> {
  const { positions } = parts;
  let all: Position | undefined;
  const read = parts.relayLog.reader();
  let reading: RelayReading = {
    page: { file: from.file, offset: from.offset, skip: 0 },
    startsAnywhere: true,
  };
  for (;;) {
    const { page } = reading;
    const found = await shown(parts, { ...page, channel: from.channel }, left());
    if (found === 'no file') return { found: all, end: page.file };
    reading = afterAnswer(reading, found);
    if (found === 'not from there') continue;
    const applied = page.file === from.file ? from.offset : 0;
    for (const row of found) {
      const position = offsetOf(row) < applied ? undefined : read(row);
      if (position !== undefined) all = all === undefined ? position : positions.union(all, position);
    }
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
    const sql = relayLog.events(page, answerSize(page));
    const [rows = []] = await sessions.query('work', 'read the relay log', sql, call);
    return rows;
  } catch (thrown) {
    const why = whyNotShown(thrown);
    if (why === undefined || (why === 'not from there' && page.offset === firstEvent)) throw thrown;
    return why;
  }
}

/** Whether a file comes later than what was read: those before it were thrown away while it was read. */
export const isBeyond = (file: string, { end }: ReadRelayLog): boolean => numberOf(file) >= numberOf(end);
