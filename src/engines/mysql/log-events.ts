/**
 * SHOW BINLOG EVENTS and SHOW RELAYLOG EVENTS: where transactions end. A relay log's events keep the places that they
 * had in the source's log. The forms are those seen on 9.7.4.
 */
import type { LogPoint } from '../../core/engine.ts';
import type { ReadEvent } from '../sql/place-dialect.ts';
import { number, type Row, text } from '../sql/rows.ts';

const opens = /^(?:BEGIN|XA START .*)$|\bSTART TRANSACTION(?: \/\* xid=\d+ \*\/)?$/is;
const closes = /^(?:COMMIT|ROLLBACK)(?: \/\*.*\*\/)?$/i;
/** Of a statement that was given in a database. */
const database = /^use `(?:[^`]|``)*`; /;
const transactionNumber = / \/\* xid=\d+ \*\/$/;
const longestSaying = 200;
const rotation = /^(.+);pos=(\d+)$/;
/** XA PREPARE has an event of its own; it ends what XA START opened. */
const endings: ReadonlySet<string> = new Set(['Xid', 'XA_prepare']);

const nothing: ReadEvent = {};

export interface ReaderStart {
  readonly file: string;
  readonly number: number;
}

/** `number`: `server_id` of the server whose log it is; its own rotations say nothing of the source's log. */
export function eventReader({ file: first, number: own }: ReaderStart): (event: Row) => ReadEvent {
  let file = first;
  let open = false;
  let what: string[] = [];
  return (event) => {
    const type = text(event, 'Event_type') ?? '';
    const info = (text(event, 'Info') ?? '').replace(database, '');
    const origin = number(event, 'Server_id') ?? 0;
    if (type === 'Rotate' && origin !== own) {
      const continues = rotated(info);
      if (continues === undefined) return nothing;
      file = continues.file;
      open = false;
      return { continues };
    }
    if (type === 'Anonymous_Gtid' || type === 'Gtid') {
      open = false;
      what = [];
      return nothing;
    }
    const said = sayingOf(type, info);
    if (said !== undefined && said !== what.at(-1)) what.push(said);
    if (type === 'Query' && opens.test(info)) open = true;
    else if (endsHere(type, info, open)) {
      open = false;
      const offset = number(event, 'End_log_pos') ?? 0;
      return { ended: { at: { file, offset }, origin, what: what.join('; ') } };
    }
    return nothing;
  };
}

/** What a replica that logs the same transaction says alike: statements, and the tables of changed rows. */
function sayingOf(type: string, info: string): string | undefined {
  if (type === 'Query') return info.replace(transactionNumber, '').slice(0, longestSaying);
  return type === 'Table_map' ? /\((.+)\)$/.exec(info)?.[1] : undefined;
}

/** Outside of a transaction a statement is one by itself. */
function endsHere(type: string, info: string, open: boolean): boolean {
  if (endings.has(type)) return open;
  return type === 'Query' && (!open || closes.test(info));
}

function rotated(info: string): LogPoint | undefined {
  const [, file, offset] = rotation.exec(info) ?? [];
  return file === undefined ? undefined : { file, offset: Number(offset) };
}
