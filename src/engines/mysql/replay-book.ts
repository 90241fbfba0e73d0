/**
 * How far a log without GTIDs was replayed: noted in a table, within each of its transactions, so that nothing is
 * replayed twice by whoever takes up an interrupted replay. A statement that is a transaction by itself (DDL) is noted
 * right after it, in another.
 */
import type { Position } from '../../core/positions.ts';
import type { ReplayBookDialect } from '../sql/place-dialect.ts';
import { identifier, quote } from '../sql/rows.ts';

const table = (schema: string): string => `${identifier(schema)}.replayed`;

export const replayBook: ReplayBookDialect = {
  make: (schema) =>
    [
      `CREATE DATABASE IF NOT EXISTS ${identifier(schema)}`,
      `CREATE TABLE IF NOT EXISTS ${table(schema)} (began VARCHAR(500) PRIMARY KEY, reached VARCHAR(500) NOT NULL) ENGINE=InnoDB`,
    ].join('; '),
  // What began somewhere else says nothing of now: the server has gone on since, or was made anew.
  read: (schema, began: Position) =>
    `SELECT reached AS position FROM ${table(schema)} WHERE began = ${quote(began)}`,
  note: (schema, began: Position, reached: Position) =>
    `REPLACE INTO ${table(schema)} VALUES (${quote(began)}, ${quote(reached)})`,
  began: (schema, reached: Position) =>
    `SELECT began AS position FROM ${table(schema)} WHERE reached = ${quote(reached)}`,
  absent: [1049, 1146],
};
