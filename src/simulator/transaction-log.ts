/**
 * A server's log: its own transactions and those it applied, each under the name of the server it was written on; and
 * the rows they left, which stay behind when only the log is changed.
 */
import { type Position, position } from '../core/positions.ts';

export interface LoggedTransaction {
  readonly origin: string;
  /** Counts up by one within an origin, so that a count per origin says which ones are held. */
  readonly number: number;
  /** What it did, where a test asks for it later. */
  readonly label?: string;
  /** When it was written, epoch milliseconds; not for what came from elsewhere than its own server. */
  readonly at?: number;
}

export const nameOf = ({ origin, number }: LoggedTransaction): string => `${origin}:${number}`;

export class TransactionLog {
  readonly entries: LoggedTransaction[] = [];
  readonly rows = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #labels = new Set<string>();
  #text: string | undefined = '';

  append(transaction: LoggedTransaction): void {
    if (this.has(transaction)) return;
    this.entries.push(transaction);
    this.rows.add(nameOf(transaction));
    this.#counts.set(transaction.origin, transaction.number);
    if (transaction.label !== undefined) this.#labels.add(transaction.label);
    this.#text = undefined;
  }

  /** Only the first so many are left. */
  cutTo(length: number): void {
    for (const lost of this.entries.slice(length)) this.rows.delete(nameOf(lost));
    this.entries.length = Math.min(length, this.entries.length);
    this.#count();
  }

  /** From here on it says that no more was ever done than this; the rows stay as they are. */
  adopt(counts: ReadonlyMap<string, number>): void {
    const kept = this.entries.filter(({ origin, number }) => number <= (counts.get(origin) ?? 0));
    this.entries.splice(0, this.entries.length, ...kept);
    this.#count();
  }

  /** Becomes a copy of another one. */
  become(other: TransactionLog): void {
    this.entries.splice(0, this.entries.length, ...other.entries);
    this.rows.clear();
    for (const row of other.rows) this.rows.add(row);
    this.#count();
  }

  #count(): void {
    this.#counts.clear();
    this.#labels.clear();
    for (const { origin, number, label } of this.entries) {
      this.#counts.set(origin, number);
      if (label !== undefined) this.#labels.add(label);
    }
    this.#text = undefined;
  }

  has({ origin, number }: LoggedTransaction): boolean {
    return (this.#counts.get(origin) ?? 0) >= number;
  }

  hasLabel(label: string): boolean {
    return this.#labels.has(label);
  }

  count(origin: string): number {
    return this.#counts.get(origin) ?? 0;
  }

  covers(counts: ReadonlyMap<string, number>): boolean {
    for (const [origin, count] of counts) if (this.count(origin) < count) return false;
    return true;
  }

  /** Has something that `other` lacks. */
  exceeds(other: TransactionLog): boolean {
    return !other.covers(this.#counts);
  }

  /** In the notation of counted positions: `db1:100,db2:3`. */
  get position(): Position {
    this.#text ??= written(this.#counts);
    return position(this.#text);
  }

  /** With transactions that are not in it yet. */
  positionWith(more: readonly LoggedTransaction[]): Position {
    if (more.length === 0) return this.position;
    const counts = new Map(this.#counts);
    for (const { origin, number } of more) counts.set(origin, Math.max(counts.get(origin) ?? 0, number));
    return position(written(counts));
  }
}

const written = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([origin, count]) => `${origin}:${count}`)
    .join(',');

export function readCounts(text: string): ReadonlyMap<string, number> {
  const parts = text.split(',').filter((part) => part !== '');
  return new Map(
    parts.map((part) => {
      const colon = part.lastIndexOf(':');
      return [part.slice(0, colon), Number(part.slice(colon + 1))];
    }),
  );
}
