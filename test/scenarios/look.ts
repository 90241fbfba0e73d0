/** What one server says of itself, in no engine's words: for settling, and for seeing that nothing has changed. */
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { type Position, position } from '../../src/core/positions.ts';
import { engines } from '../../src/engines/registry.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import type { SqlRow } from '../kit/sql.ts';
import { holdingOf } from '../kit/survivors.ts';
import { TABLE } from './table.ts';

export interface Look {
  /** Address of its source; undefined when it has none. */
  readonly source: string | undefined;
  /** `trying`: it does not get through. */
  readonly receiver: 'running' | 'trying' | 'stopped';
  readonly applier: 'running' | 'stopped';
  readonly received: Position;
  readonly applied: Position;
  readonly writable: boolean;
}

interface Words {
  readonly status: string;
  readonly side: 'Master' | 'Source';
  readonly part: 'Slave' | 'Replica';
  readonly received: string;
  readonly applied: string;
}

const words: Readonly<Record<SqlEngineKind, Words>> = {
  mariadb: {
    status: 'show all slaves status',
    side: 'Master',
    part: 'Slave',
    received: 'Gtid_IO_Pos',
    applied: '@@global.gtid_current_pos',
  },
  mysql: {
    status: 'show replica status',
    side: 'Source',
    part: 'Replica',
    received: 'Retrieved_Gtid_Set',
    applied: '@@global.gtid_executed',
  },
};

export async function lookAt(server: DatabaseServer): Promise<Look> {
  const { positions } = engines[server.engine];
  const { status, side, part, received, applied } = words[server.engine];
  const [row] = await server.query(status);
  const [own] = await server.query(`select ${applied} as applied, @@global.read_only as ro`);
  const parse = (text: string | null | undefined): Position =>
    positions.parse((text ?? '').replaceAll('\n', '')) ?? position('');
  const has = parse(own?.applied);
  return {
    source: row && `${row[`${side}_Host`]}:${row[`${side}_Port`]}`,
    receiver: receiverOf(row, part),
    applier: row?.[`${part}_SQL_Running`] === 'Yes' ? 'running' : 'stopped',
    received: positions.union(has, parse(row?.[received])),
    applied: has,
    writable: own?.ro === '0',
  };
}

function receiverOf(row: SqlRow | undefined, part: Words['part']): Look['receiver'] {
  const state = row?.[`${part}_IO_Running`];
  if (state === 'Yes') return 'running';
  return state === undefined || state === null || state === 'No' ? 'stopped' : 'trying';
}

/** What a refusal, or a failover that was taken back, must leave as it was. */
export async function keptOf(server: DatabaseServer): Promise<object> {
  const { source, receiver, applier, writable } = await lookAt(server);
  const { rows, checksum } = await holdingOf(server, TABLE);
  return { source, receives: receiver !== 'stopped', applier, writable, rows, checksum };
}
