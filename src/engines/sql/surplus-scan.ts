/**
 * What a log reader's text says of a surplus, besides which transactions it is: when, of which tables, and whether it can
 * be taken back change by change. Pure.
 */

import type { LogDialect } from './log-dialect.ts';
import { LogStatements } from './log-statements.ts';
import { LogTransactions } from './log-transactions.ts';

/** The heads of events are comments: `#261121 14:36:14 server id 1  end_log_pos 1216 … GTID …`, in the reader's time zone. */
const began = /^#(\d\d)(\d\d)(\d\d) +(\d{1,2}):(\d\d):(\d\d) server id .*\tGTID\b/;
const tableMap = /^#.*\tTable_map: `([^`]+)`\.`([^`]+)` mapped to number/;
/** What frames changes of rows, and the changes themselves. */
const reversible = /^(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK)\b|^BINLOG '|^\/\*!\\C /i;

export class SurplusScan {
  readonly transactions: LogTransactions;
  readonly tables = new Set<string>();
  /** Epoch milliseconds; undefined while there is none. */
  newestAt: number | undefined;
  /** The first statement that is more than changes of rows. */
  other: string | undefined;
  readonly #farewell: readonly string[];
  readonly #read: ReturnType<LogDialect['reader']>;
  readonly #statements = new LogStatements();
  #line = '';

  constructor(dialect: LogDialect) {
    this.transactions = new LogTransactions(dialect.reader());
    this.#read = dialect.reader();
    this.#farewell = dialect.farewell;
  }

  take(chunk: string): void {
    const lines = (this.#line + chunk).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('#')) this.#head(line);
    for (const statement of this.#statements.take(chunk)) this.#statement(statement);
  }

  finish(): void {
    for (const statement of this.#statements.end()) this.#statement(statement);
    this.transactions.finish();
  }

  #head(line: string): void {
    const [, schema, table] = tableMap.exec(line) ?? [];
    if (schema !== undefined && table !== undefined) this.tables.add(`${schema}.${table}`);
    const time = began.exec(line)?.slice(1).map(Number);
    if (time === undefined) return;
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = time;
    const at = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
    this.newestAt = Math.max(this.newestAt ?? at, at);
  }

  #statement(statement: string): void {
    this.transactions.take(statement);
    if (this.#read(statement).kind !== 'work' || this.#farewell.includes(statement)) return;
    if (!reversible.test(statement)) this.other ??= statement;
  }
}
