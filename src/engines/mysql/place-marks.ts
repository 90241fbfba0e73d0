/**
 * Transactions without names, in the text that mysqlbinlog prints: each is named by where it ends in the log, and a
 * statement before it says so. The statement changes nothing for whoever replays the text by hand.
 */
import { Fault } from '../../contract/errors.ts';
import type { LogWord } from '../sql/log-word.ts';
import type { Namer } from '../sql/read-tail.ts';
import { quote } from '../sql/rows.ts';
import { parsePlace } from './coordinates.ts';
import { mysqlLog } from './log-words.ts';
import { positionAt } from './positions.ts';

const event = /^#\d{6} .*? server id \d+ +end_log_pos (\d+) /;
const rotation = /\tRotate to (\S+) +pos: \d+/;
const fileStart = /^#\d{6} .*\tStart: binlog v \d/;
const marked = /^SET @dauphin_place = '(@[^']+)'$/;

export interface MarkedLog {
  readonly server: string;
  /** The names of the files that are read, in their order. */
  readonly files: readonly string[];
}

/**
 * A file's own rotation leads into the next; one that ended with the server, by a shutdown or a crash, has none, and
 * the next says only that it starts (seen on 9.7.4).
 */
export function placeNamer({ server, files: [first = '', ...rest] }: MarkedLog): Namer {
  let file = first;
  let offset = 0;
  let started = 0;
  const startsNext = (): void => {
    started += 1;
    if (started === 1) return;
    const next = rest[started - 2];
    if (next === undefined) throw new Fault('salvage-impossible', `a log file after ${file} is not known`);
    file = next;
  };
  return {
    comment: (line) => {
      const end = event.exec(line)?.[1];
      if (end !== undefined) offset = Number(end);
      file = rotation.exec(line)?.[1] ?? file;
      if (fileStart.test(line)) startsNext();
    },
    end: () => positionAt({ server, file, offset }),
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
