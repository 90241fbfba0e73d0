/**
 * The hand-over journal: a small table in the cluster itself. The row a hand-over leaves there is written on
 * the new primary and seen on the replicas, which proves that they follow it; later it tells whether a surplus
 * transaction on an old primary could ever have been acknowledged.
 */
import type { Call } from '../../core/clock.ts';
import type { HandOverRow } from '../../core/engine.ts';
import { identifier, quote } from './rows.ts';
import type { Sessions } from './sessions.ts';

export const handOverTable = (schema: string): string => `${identifier(schema)}.hand_over`;

/** Make the table where it is not. */
export const tableStatements = (schema: string): readonly string[] => [
  `CREATE DATABASE IF NOT EXISTS ${identifier(schema)}`,
  `CREATE TABLE IF NOT EXISTS ${handOverTable(schema)} (operation VARCHAR(64) PRIMARY KEY, old_primary VARCHAR(255) NOT NULL, new_primary VARCHAR(255) NOT NULL, frozen_position TEXT NOT NULL, promoted_at VARCHAR(32) NOT NULL) ENGINE=InnoDB`,
];

export class HandOverJournal {
  readonly #sessions: Sessions;
  readonly #schema: string;

  constructor(sessions: Sessions, schema: string) {
    this.#sessions = sessions;
    this.#schema = schema;
  }

  async write(row: HandOverRow, call: Call): Promise<void> {
    const values = [row.operation, row.from, row.to, row.position, new Date(row.at).toISOString()].map(quote);
    const statements = [
      ...tableStatements(this.#schema),
      `INSERT IGNORE INTO ${handOverTable(this.#schema)} VALUES (${values.join(', ')})`,
    ];
    await this.#sessions.query('work', 'write the hand-over row', statements.join('; '), call);
  }

  async sees(operation: string, call: Call): Promise<boolean> {
    const sql = `SELECT 1 FROM ${handOverTable(this.#schema)} WHERE operation = ${quote(operation)}`;
    const [rows = []] = await this.#sessions.query('work', 'look for the hand-over row', sql, call);
    return rows.length > 0;
  }
}
