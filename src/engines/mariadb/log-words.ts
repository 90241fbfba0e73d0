/** Tells in mariadb-binlog's text which transaction comes next, and what outlives a transaction that is left out. */
import { position } from '../../core/positions.ts';
import type { LogWord } from '../sql/log-word.ts';

const gtidPart = /SET @@session\.(gtid_domain_id|server_id|gtid_seq_no)=(\d+)/i;
/** What the tool itself prints; a user's SET PASSWORD or SET STATEMENT is work. */
const setting = /^(?:\/\*M?!\d+ )?(?:SET @|SET (?:TIMESTAMP|INSERT_ID|LAST_INSERT_ID)=|use )/i;

/** FORMAT_DESCRIPTION_EVENT: how all events after it are to be read. */
const formatDescription = 15;
/** An event begins with four bytes of time and one that says of what kind it is. */
const eventHead = /^BINLOG '\s*([A-Za-z0-9+/]{8})/;

function describesFormat(statement: string): boolean {
  const head = eventHead.exec(statement)?.[1];
  return head !== undefined && Buffer.from(head, 'base64')[4] === formatDescription;
}

/** The tool prints a domain or a server only when it differs from the one before. */
export function logReader(): (statement: string) => LogWord {
  let domain = '0';
  let server = '0';
  return (statement) => {
    if (describesFormat(statement)) return { kind: 'setting' };
    if (!setting.test(statement)) return { kind: 'work' };
    const [, name, value = ''] = gtidPart.exec(statement) ?? [];
    if (name === 'gtid_seq_no') return { kind: 'names', position: position(`${domain}-${server}-${value}`) };
    if (name === 'gtid_domain_id') domain = value;
    if (name === 'server_id') server = value;
    return { kind: 'setting' };
  };
}
