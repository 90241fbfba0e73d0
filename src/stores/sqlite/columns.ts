/** Typed reading of result columns. The tables are STRICT: another type than the declared one is a defect. */
import type { SQLOutputValue } from 'node:sqlite';
import { Fault } from '../../contract/errors.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

const mismatch = (column: string, wanted: string, value: unknown): Fault =>
  new Fault('internal', `The store's column ${column} should hold ${wanted}, not ${typeof value}.`);

export function number(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== 'number') throw mismatch(column, 'a number', value);
  return value;
}

export function text(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw mismatch(column, 'text', value);
  return value;
}

/** Undefined where the column is NULL. */
export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}
