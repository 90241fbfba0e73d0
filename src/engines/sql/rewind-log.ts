/**
 * Takes changes back that only this server has, by what its engine's log reader wrote: all of them in one transaction
 * that its log does not show. A row in the hand-over journal's table, written in the same transaction, tells whoever
 * comes after a crash that it was done; it goes once the server's history says so itself.
 */
import { Fault } from '../../contract/errors.ts';
import { pastReturn } from '../../contract/half-done.ts';
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { EngineContext, RewindRequest } from '../../core/engine.ts';
import type { Dialect } from './dialect.ts';
import { handOverTable, tableStatements } from './hand-over-journal.ts';
import { LogStatements } from './log-statements.ts';
import { quote, text } from './rows.ts';
import type { Sessions } from './sessions.ts';

export interface RewindParts {
  readonly dialect: Dialect;
  readonly sessions: Sessions;
  readonly context: EngineContext;
}

/** Each reversed transaction has its own; here they are one. */
const frame = /^(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK)\b/i;
const forClient = /^\/\*!\\C \w+ \*\/$/;
const setting = /^(?:\/\*M?!\d+ )?SET /i;
const rows = /^BINLOG '/;

export async function rewindLog(parts: RewindParts, request: RewindRequest, call: Call): Promise<void> {
  const { dialect, sessions, context } = parts;
  if (!dialect.adopt) throw new Fault('bad-request', `${dialect.title} cannot take changes back`);
  const left = countdown(context.clock, call);
  const table = handOverTable(context.schema);
  const id = `rewind-${request.id}`;
  const query = (what: string, sql: string) => sessions.query('replay', what, sql, left());
  try {
    const patience = Math.ceil(call.deadlineMs / 1000);
    const quiet = `SET SESSION sql_log_bin = 0, lock_wait_timeout = ${patience}, innodb_lock_wait_timeout = ${patience}`;
    await query('begin the rewind', [quiet, ...tableStatements(context.schema)].join('; '));
    const [found = []] = await query(
      'look for the mark of a rewind',
      `SELECT 1 FROM ${table} WHERE operation = ${quote(id)}`,
    );
    if (found.length === 0) {
      await requireReversible(parts, request.tables, left());
      await query('begin the rewind', 'START TRANSACTION');
      await send(parts, await request.statements(left()), left);
      const row = [id, '', '', request.to, new Date(context.clock.now()).toISOString()].map(quote).join(', ');
      await query('mark the rewind', `INSERT INTO ${table} VALUES (${row}); COMMIT`);
    }
    const unmark = `DELETE FROM ${table} WHERE operation = ${quote(id)}`;
    const anew = `${dialect.adopt(request.to)}; ${unmark}`;
    await pastReturn(() => query('make the rewind its history', anew));
  } finally {
    // What is not committed by now is rolled back; and the next session writes to the log again.
    sessions.close('replay');
  }
}

/**
 * InnoDB changes the rows of a cascading foreign key by itself and logs none of that, so it cannot be taken back; and
 * only what one transaction can hold is taken back whole.
 */
async function requireReversible(
  { sessions }: RewindParts,
  tables: readonly string[],
  call: Call,
): Promise<void> {
  if (tables.length === 0) return;
  const listed = tables.map(quote).join(', ');
  const cascades = (column: string): string => `${column} NOT IN ('RESTRICT', 'NO ACTION')`;
  const sql =
    "SELECT CONCAT(UNIQUE_CONSTRAINT_SCHEMA, '.', REFERENCED_TABLE_NAME) AS name, 'has cascading foreign keys' AS why" +
    ' FROM information_schema.REFERENTIAL_CONSTRAINTS' +
    ` WHERE CONCAT(UNIQUE_CONSTRAINT_SCHEMA, '.', REFERENCED_TABLE_NAME) IN (${listed})` +
    ` AND (${cascades('DELETE_RULE')} OR ${cascades('UPDATE_RULE')})` +
    " UNION ALL SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME), CONCAT('is stored by ', ENGINE)" +
    ` FROM information_schema.TABLES WHERE CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) IN (${listed}) AND ENGINE <> 'InnoDB'`;
  const [found = []] = await sessions.query('replay', 'look at the tables', sql, call);
  const [first] = found;
  if (!first) return;
  const name = text(first, 'name') ?? '';
  throw new Fault('verification-failed', `changes of ${name} cannot be taken back: it ${text(first, 'why')}`);
}

async function send(
  { sessions }: RewindParts,
  chunks: AsyncIterable<string>,
  left: () => Call,
): Promise<void> {
  const splitter = new LogStatements();
  const session = await sessions.get('replay', left());
  let batch: string[] = [];
  const take = async (statement: string): Promise<void> => {
    if (frame.test(statement) || forClient.test(statement)) return;
    if (!setting.test(statement) && !rows.test(statement))
      throw new Fault('verification-failed', `what is to be taken back holds ${statement.slice(0, 80)}`);
    batch.push(statement);
    // The answer to row events says that it is the last: see replay-log.ts.
    if (!rows.test(statement)) return;
    const sql = batch.join('\n;\n');
    batch = [];
    await session.query('take changes back', sql, left());
  };
  for await (const chunk of chunks) for (const statement of splitter.take(chunk)) await take(statement);
  for (const statement of splitter.end()) await take(statement);
}
