/** Reads rows whose values are all text, as the sessions here deliver them. */
import { Fault } from '../../contract/errors.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { type Position, position } from '../../core/positions.ts';

export type Row = Readonly<Record<string, string | null>>;

/** The first of the named columns that is there and not null: engines renamed theirs over the years. */
export function text(row: Row | undefined, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = row?.[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** As `text`, but an empty string counts as absent. */
export function filled(row: Row | undefined, ...names: readonly string[]): string | undefined {
  const value = text(row, ...names);
  return value === '' ? undefined : value;
}

export function number(row: Row | undefined, ...names: readonly string[]): number | undefined {
  const value = filled(row, ...names);
  const parsed = value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** `1`, `ON`, `YES`, `Yes` and `TRUE` are true; everything else, absence too, is not. */
export function truth(row: Row | undefined, ...names: readonly string[]): boolean {
  return /^(1|on|yes|true)$/i.test(text(row, ...names) ?? '');
}

/**
 * Column `position`. A server at the start of its history says so with an empty text; an answer without the column
 * must not be taken for that, since everybody has reached the start.
 */
export function readPosition(row: Row | undefined, address: Address): Position {
  const value = text(row, 'position');
  if (value === undefined) throw new Fault('internal', `${formatAddress(address)} did not tell its position`);
  return position(value);
}

/** A string literal for a statement that cannot take parameters (CHANGE MASTER, SET GLOBAL). */
export function quote(value: string): string {
  return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}

export function identifier(name: string): string {
  return `\`${name.replace(/`/g, '``')}\``;
}
