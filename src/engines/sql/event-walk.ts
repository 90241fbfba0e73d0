/** Reads a log's events page by page, from one of its files into the next. */
import type { Call } from '../../core/clock.ts';
import type { LogPoint } from '../../core/engine.ts';
import {
  afterFull,
  answerSize,
  beginning,
  type EventPage,
  firstEvent,
  following,
  numberOf,
} from './event-pages.ts';
import type { PlaceDialect } from './place-dialect.ts';
import { type Row, text } from './rows.ts';
import type { Sessions } from './sessions.ts';
import { whyNotShown } from './why-not-shown.ts';

export interface WalkParts {
  readonly places: PlaceDialect;
  readonly sessions: Sessions;
}

export interface Walk {
  readonly of: 'own log' | 'relay log';
  readonly channel: string;
  readonly from: LogPoint;
}

/**
 * Ends where the log ends by now. Throws what the server says when `from` is not where an event begins, or when the
 * applier throws away what has not been read yet.
 */
export async function* eventsOf(parts: WalkParts, walk: Walk, left: () => Call): AsyncGenerator<Row> {
  const { from } = walk;
  let page: EventPage = { ...from, skip: 0 };
  for (;;) {
    const asked = page;
    const begins = asked.file !== from.file && asked.offset === firstEvent && asked.skip === 0;
    const rows = await shown(parts, walk, asked, left()).catch(async (thrown: unknown) => {
      if (
        begins &&
        whyNotShown(thrown) === 'no file' &&
        !(await isThrownAway(parts, walk, asked.file, left()))
      )
        return undefined;
      throw thrown;
    });
    if (rows === undefined) return;
    yield* rows;
    page = rows.length < answerSize(asked) ? beginning(following(asked.file)) : afterFull(asked, rows);
  }
}

async function shown(
  { places, sessions }: WalkParts,
  { of, channel }: Walk,
  page: EventPage,
  call: Call,
): Promise<readonly Row[]> {
  const sql = places.events(of, page, answerSize(page), channel);
  const [rows = []] = await sessions.query('work', `read the ${of}`, sql, call);
  return rows;
}

/** What is applied goes, file by file: one that is not there may have been, if a later one is. */
async function isThrownAway(
  { places, sessions }: WalkParts,
  { of, channel }: Walk,
  file: string,
  call: Call,
): Promise<boolean> {
  if (of === 'own log') return false;
  const [rows] = await sessions.query('work', 'read the relay log', places.firstReceived(channel), call);
  const first = text(rows?.[0], 'Log_name');
  return first !== undefined && numberOf(first) > numberOf(file);
}
