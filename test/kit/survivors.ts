/** Do servers hold the same rows? Asked when nobody writes any more. */
import type { DatabaseServer } from './database-server.ts';
import { WRITES_TABLE } from './writes-table.ts';

export interface Holding {
  readonly server: string;
  readonly rows: number;
  readonly checksum: string;
}

const READ_MS = 30_000;

export async function holdingOf(server: DatabaseServer, table = WRITES_TABLE): Promise<Holding> {
  const [count] = await server.query(`select count(*) as held from ${table}`, READ_MS);
  const [sum] = await server.query(`checksum table ${table} extended`, READ_MS);
  return { server: server.name, rows: Number(count?.held), checksum: sum?.Checksum ?? 'none' };
}

export const sameHolding = ([first, ...rest]: readonly Holding[]): boolean =>
  rest.every(({ rows, checksum }) => rows === first?.rows && checksum === first.checksum);
