/**
 * Finds the transactions in the statements that mysqlbinlog or mariadb-binlog prints, and tells which of them are
 * whole: both print what there is of a torn one, and end with status 0. Pure.
 */
import type { Position } from '../../core/positions.ts';
import type { LogWord } from './log-word.ts';

/** CREATE TABLE … SELECT, logged by its rows (MySQL 8.0.21 and newer): commits what comes before it, and is open. */
export const createsWithRows = /^CREATE TABLE .*\bSTART TRANSACTION$/is;
export const begin =
  /^(?:BEGIN|START TRANSACTION)$|^XA (?:START|BEGIN) |^CREATE TABLE .*\bSTART TRANSACTION$/is;
export const end = /^(?:COMMIT|ROLLBACK)$|^XA (?:PREPARE|COMMIT|ROLLBACK) /i;
/** The tool's own statement where a file ends. */
const fileEnd = /^(?:ROLLBACK|SET @@SESSION\.GTID_NEXT= 'AUTOMATIC') \/\* added by mysqlbinlog \*\//;
/** Comes before a statement that is a transaction by itself, or between the log's files. */
export const noBody = /^\/\*!\\C |^BINLOG '/;

export class LogTransactions {
  /** The names of those that are whole, in the log's order. */
  readonly names: Position[] = [];
  readonly #read: (statement: string) => LogWord;
  #length = 0;
  #taken = 0;
  /** `bodyEnd`: what a statement that is a transaction by itself would end with; 0 while there is none. */
  #current: { name: Position; open: boolean; bodyEnd: number } | undefined;
  #torn = false;
  #tornWithin = false;

  readonly #nameAtEnd: (() => Position) | undefined;

  /** `nameAtEnd`: for transactions that are named by where they end, asked at each end. */
  constructor(reader: (statement: string) => LogWord, nameAtEnd?: () => Position) {
    this.#read = reader;
    this.#nameAtEnd = nameAtEnd;
  }

  /** How many statements there are up to the end of the last whole transaction. */
  get length(): number {
    return this.#length;
  }

  /** The last one is not whole. */
  get torn(): boolean {
    return this.#torn;
  }

  /** One that is not whole was followed by others. */
  get tornWithin(): boolean {
    return this.#tornWithin;
  }

  take(statement: string): void {
    this.#taken += 1;
    if (fileEnd.test(statement)) {
      this.finish();
      return;
    }
    const word = this.#read(statement);
    if (word.kind === 'names') this.#begin(word.position);
    else if (word.kind === 'work') this.#work(statement);
  }

  /** Nothing more comes. */
  finish(): void {
    const current = this.#current;
    if (current === undefined) return;
    if (!current.open && current.bodyEnd > 0) this.#complete(current.name, current.bodyEnd);
    else this.#torn = true;
    this.#current = undefined;
  }

  #begin(name: Position): void {
    this.finish();
    this.#tornWithin ||= this.#torn;
    this.#torn = false;
    this.#current = { name, open: false, bodyEnd: 0 };
  }

  #work(statement: string): void {
    const current = this.#current;
    if (current === undefined) return;
    if (current.open) {
      if (end.test(statement)) this.#complete(this.#nameAtEnd?.() ?? current.name, this.#taken);
    } else if (begin.test(statement)) current.open = true;
    else if (!noBody.test(statement)) {
      current.bodyEnd = this.#taken;
      current.name = this.#nameAtEnd?.() ?? current.name;
    }
  }

  #complete(name: Position, length: number): void {
    this.names.push(name);
    this.#length = length;
    this.#current = undefined;
  }
}
