/** Which variables of semi-synchronous replication a server has: they come with plugins, of which there are two families. */
import type { Call } from '../../core/clock.ts';
import type { Dialect, Variables } from './dialect.ts';
import { text } from './rows.ts';
import type { Sessions } from './sessions.ts';

/** Undefined where every server of the engine has the same. */
export async function semiSyncVariables(
  { semiSyncVariables: sql }: Dialect,
  sessions: Sessions,
  call: Call,
): Promise<Variables | undefined> {
  if (sql === undefined) return undefined;
  const [rows = []] = await sessions.query('work', 'look for semi-synchronous replication', sql, call);
  return new Set(rows.map((row) => text(row, 'name') ?? ''));
}
