/** SHOW RELAYLOG EVENTS: which transactions are there in full. The forms are those seen on 10.11.19. */
import { type Position, position } from '../../core/positions.ts';
import type { RelayLogDialect } from '../sql/relay-log.ts';
import { filled, number, quote, type Row, text } from '../sql/rows.ts';

/** `GTID 0-1-7`, `BEGIN GTID 0-1-7 cid=30`, `XA START X'78',X'',1 GTID 0-1-7`, `GTID 0-1-7 START ALTER`. */
const named = /^(?:(BEGIN|XA START .*) )?GTID (\d+-\d+-\d+)/s;
/** Of an engine without transactions, and of what is logged as statements. */
const ending = /^(?:use `.*`; )?(?:COMMIT|ROLLBACK)$/s;

/**
 * A reader of one log's events in their order. It gives a transaction at the event that ends it: one that was received
 * by half, whose end never came, it does not give.
 */
export function relayReader(): (event: Row) => Position | undefined {
  let open: { readonly position: Position; readonly single: boolean } | undefined;
  return (event) => {
    const type = text(event, 'Event_type') ?? '';
    const info = text(event, 'Info') ?? '';
    if (type === 'Gtid') {
      const [, group, gtid] = named.exec(info) ?? [];
      open = gtid === undefined ? undefined : { position: position(gtid), single: group === undefined };
      return undefined;
    }
    if (!open) return undefined;
    const isStatement = type === 'Query' || type === 'Query_compressed';
    const ends = open.single ? isStatement : endsGroup.has(type) || (isStatement && ending.test(info));
    if (!ends) return undefined;
    const { position: ended } = open;
    open = undefined;
    return ended;
  };
}

const endsGroup: ReadonlySet<string> = new Set(['Xid', 'XA_prepare']);

export const mariadbRelayLog: RelayLogDialect = {
  place: (row) => {
    const file = filled(row, 'Relay_Log_File');
    const offset = number(row, 'Relay_Log_Pos');
    return file === undefined || offset === undefined
      ? undefined
      : { channel: text(row, 'Connection_name') ?? '', file, offset };
  },
  events: ({ channel, file, offset, skip }, limit) =>
    `SHOW RELAYLOG${channel === '' ? '' : ` ${quote(channel)}`} EVENTS IN ${quote(file)} FROM ${offset} LIMIT ${skip}, ${limit}`,
  reader: relayReader,
};
