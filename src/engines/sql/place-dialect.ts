/** What a server without GTIDs is asked, and how its answers are read: it knows only places in logs. No I/O here. */
import type { LogPoint } from '../../core/engine.ts';
import type { Version } from '../../core/observation.ts';
import type { Position } from '../../core/positions.ts';
import type { EventPage } from './event-pages.ts';
import type { LogWord } from './log-word.ts';
import type { Row } from './rows.ts';

/** In the log of the server with that identity: `server_uuid`, lower case. */
export interface Place extends LogPoint {
  readonly server: string;
}

/** A log that a server takes transactions from: its source's, or another replica's. */
export interface FollowedLog {
  readonly channel: string;
  /** In the source's log; never within a transaction. */
  readonly applied: Place;
}

export interface Whereabouts {
  /** `server_id`. */
  readonly number: number;
  /** It logs all that it applies, in its source's order, and nothing is skipped. */
  readonly faithful: boolean;
  /** Where it writes next in its own log. */
  readonly own: Place;
  /** Absent when it follows nobody, or nobody that it has ever reached. `relay`: what `applied` is in its relay log. */
  readonly following?: FollowedLog & { readonly relay: LogPoint };
  readonly helping?: FollowedLog;
}

/** Where a whole transaction ends. */
export interface Ended {
  readonly at: LogPoint;
  /** `server_id` of where it was written first. */
  readonly origin: number;
  /** What it does, in words that are the same in the log of a replica that has it. */
  readonly what: string;
}

/** What an event of a log says. */
export interface ReadEvent {
  readonly ended?: Ended;
  /** What follows was written there: a source's log goes on in another file, or was taken up at that place. */
  readonly continues?: LogPoint;
}

/** A table that tells how far a log was replayed. `began`: what the server had applied before. */
export interface ReplayBookDialect {
  make(schema: string): string;
  /** Column `position`; no row when nothing was replayed. */
  read(schema: string, began: Position): string;
  note(schema: string, began: Position, reached: Position): string;
  /** Column `position`: where the replay began that came so far; no row when there was none. */
  began(schema: string, reached: Position): string;
  /** Errors of `read` and `began` that say that there is no table. */
  readonly absent: readonly number[];
}

export interface PlaceDialect {
  /** Name of the channel in which it takes transactions from another replica. */
  readonly helper: string;
  /** Column `anonymous`: its own transactions get no GTIDs. */
  readonly isAnonymous: string;
  /** A position that names places. */
  names(position: Position): boolean;
  placesIn(position: Position): readonly Place[];
  positionAt(place: Place): Position;
  /** Negative when the first comes first; of places in one log. */
  compare(a: LogPoint, b: LogPoint): number;
  whereabouts(version: Version): string;
  read(sets: readonly (readonly Row[])[]): Whereabouts;
  /** Column `outcome`: 0 when the place is applied, 1 at the time-out, 2 when the applier does not run. */
  await(place: Place, wait: { readonly channel: string; readonly seconds: number }, version: Version): string;
  /** With the channel's applier stopped: it goes on from this place of its source's log. */
  settle(place: Place, channel: string, version: Version): string;
  /** Events of a file; one per row, with columns `Log_name` and `Pos`. */
  events(of: 'own log' | 'relay log', page: EventPage, limit: number, channel: string): string;
  /** The oldest event that the relay log still has. */
  firstReceived(channel: string): string;
  /** Column `Log_name`, oldest first. */
  readonly ownFiles: string;
  /** Of the text of a tail that was read from a place on. */
  replayWord(statement: string): LogWord;
  readonly book: ReplayBookDialect;
  /** Of a relay log's events, or its own log's, in their order. `file`: where in the source's log it begins. */
  reader(start: { readonly file: string; readonly number: number }): (event: Row) => ReadEvent;
}
