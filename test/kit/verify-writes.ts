/** Was every acknowledged write kept, and kept once? */
import type { DatabaseServer } from './database-server.ts';
import { WRITES_TABLE } from './writes-table.ts';

export interface WritesVerdict {
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once, acknowledged or not. */
  readonly duplicated: readonly string[];
}

const READ_MS = 30_000;

export async function verifyWrites(
  acknowledged: readonly string[],
  server: DatabaseServer,
): Promise<WritesVerdict> {
  const rows = await server.query(`select id, count(*) as times from ${WRITES_TABLE} group by id`, READ_MS);
  const times = new Map(rows.map((row) => [row.id ?? '', Number(row.times)]));
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((id) => !times.has(id)),
    duplicated: [...times].filter(([, count]) => count > 1).map(([id]) => id),
  };
}
