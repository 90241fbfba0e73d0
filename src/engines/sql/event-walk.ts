/** Reads a log's events page by page, from one of its files into the next. */
import type { Call } from '../../core/clock.ts';
import type { LogPoint } from '../../core/engine.ts';
import { serverErrorNumber } from './driver-errors.ts';
import type { PlaceDialect } from './place-dialect.ts';
import { number, type Row, text } from './rows.ts';
import type { Sessions } from './sessions.ts';

export interface WalkParts {
  readonly places: PlaceDialect;
  readonly sessions: Sessions;
}

export interface Walk {
  readonly of: 'own log' | 'relay log';
  readonly channel: string;
  readonly from: LogPoint;
}

/** Events in one answer; each may hold a statement's whole text. */
const pageSize = 2000;
/** Of every file; before it stand four bytes that say what it is. */
export const firstEvent = 4;
/** ER_ERROR_WHEN_EXECUTING_COMMAND, which says more in words. */
const notShown = 1220;
const noSuchFile = /could not find target log/i;

/** Ends where the log ends by now. Throws what the server says when `from` is not where an event begins. */
export async function* eventsOf(
  { places, sessions }: WalkParts,
  { of, channel, from }: Walk,
  left: () => Call,
): AsyncGenerator<Row> {
  let at = from;
  // An answer's last event begins the next answer, too: where it ends is not told.
  let skip: { readonly key: string } | undefined;
  for (;;) {
    const sql = places.events(of, at, pageSize, channel);
    const rows = await sessions
      .query('work', `read the ${of}`, sql, left())
      .then(([found = []]) => found)
      .catch((thrown: unknown) => {
        if (isAbsent(thrown) && at !== from) return undefined;
        throw thrown;
      });
    if (rows === undefined) return;
    const known = skip;
    const again = known === undefined ? -1 : rows.findLastIndex((row) => keyOf(row) === known.key);
    yield* rows.slice(again + 1);
    const last = rows.at(-1);
    if (rows.length === pageSize && last) {
      skip = { key: keyOf(last) };
      at = { file: at.file, offset: pageStart(rows, last) };
    } else {
      skip = undefined;
      at = { file: following(at.file), offset: firstEvent };
    }
  }
}

const isAbsent = (thrown: unknown): boolean =>
  serverErrorNumber(thrown) === notShown && noSuchFile.test(String(thrown));

/** What a compressed transaction holds all has the place after it: only the event before them can be gone on from. */
function pageStart(rows: readonly Row[], last: Row): number {
  const offset = number(last, 'Pos') ?? 0;
  const before = rows.findLast((row) => (number(row, 'Pos') ?? 0) < offset);
  return number(before, 'Pos') ?? offset;
}

const keyOf = (row: Row): string =>
  ['Pos', 'Event_type', 'End_log_pos', 'Info'].map((column) => text(row, column)).join(' ');

const following = (file: string): string =>
  file.replace(/\d+$/, (digits) => String(BigInt(digits) + 1n).padStart(digits.length, '0'));
