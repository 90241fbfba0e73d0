/** How a log's events are asked for: so many of a file at a time, from an event on or past some. */
import type { LogPoint } from '../../core/engine.ts';
import { number, type Row } from './rows.ts';

/** A part of a file's events: those from `offset` on, without the first `skip`. */
export interface EventPage extends LogPoint {
  readonly skip: number;
}

/** Of every file; before it stand four bytes that say what it is. */
export const firstEvent = 4;

/** Each event may hold a statement's whole text. */
const fewest = 2000;
const most = 16_000;

/**
 * Events in one answer. The server reads what is skipped each time anew: answers that grow with it keep that from
 * growing with the square of what there is to read.
 */
export const answerSize = ({ skip }: EventPage): number => Math.min(Math.max(skip, fewest), most);

export const beginning = (file: string): EventPage => ({ file, offset: firstEvent, skip: 0 });

/**
 * What comes after a full answer. Where its last event ends is not told, and what a compressed transaction holds all has
 * the place after it: there, too, an event begins, but it is not the one of that row (seen on MySQL 9.7.4). So it goes
 * on past the last event before that place, or, when there is none, from where it was.
 */
export function afterFull(page: EventPage, rows: readonly Row[]): EventPage {
  const last = offsetOf(rows.at(-1));
  const before = rows.findLastIndex((row) => offsetOf(row) < last);
  return before === -1
    ? { ...page, skip: page.skip + rows.length }
    : { ...page, offset: offsetOf(rows[before]), skip: rows.length - before };
}

/** Of a file's name; later files have a higher one. */
export const numberOf = (file: string): bigint => BigInt(/\d+$/.exec(file)?.[0] ?? '0');

export const following = (file: string): string =>
  file.replace(/\d+$/, (digits) => String(BigInt(digits) + 1n).padStart(digits.length, '0'));

export const offsetOf = (row: Row | undefined): number => number(row, 'Pos') ?? firstEvent;
