/**
 * Transactions without names, in the text that mysqlbinlog prints: each is named by where it ends in the log, and a
 * statement before it says so. The statement changes nothing for whoever replays the text by hand.
 */
import type { LogWord } from '../sql/log-word.ts';
import type { Namer } from '../sql/read-tail.ts';
import { quote } from '../sql/rows.ts';
import { parsePlace } from './coordinates.ts';
import { mysqlLog } from './log-words.ts';
import { positionAt } from './positions.ts';

const event = /^#\d{6} .*? server id \d+ +end_log_pos (\d+) /;
const rotation = /\tRotate to (\S+) +pos: \d+/;
const marked = /^SET @dauphin_place = '(@[^']+)'$/;

/** Of a log that begins in that file; its own rotations lead into the next. */
export function placeNamer(start: { readonly server: string; readonly file: string }): Namer {
  let { file } = start;
  let offset = 0;
  return {
    comment: (line) => {
      const end = event.exec(line)?.[1];
      if (end !== undefined) offset = Number(end);
      file = rotation.exec(line)?.[1] ?? file;
    },
    end: () => positionAt({ server: start.server, file, offset }),
    mark: (name) => `SET @dauphin_place = ${quote(name)}`,
  };
}

export const isAnonymous = (statement: string): boolean =>
  statement.startsWith("SET @@SESSION.GTID_NEXT= 'ANONYMOUS'");

/** What a statement of such a text means for who replays it. */
export function replayWord(statement: string): LogWord {
  const text = marked.exec(statement)?.[1];
  const place = text === undefined ? undefined : parsePlace(text);
  if (place) return { kind: 'names', position: positionAt(place) };
  return isAnonymous(statement) ? { kind: 'setting' } : mysqlLog.reader()(statement);
}
