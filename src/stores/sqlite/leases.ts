/** Who may hold keys until when. Times are the store's own, see lease-time.ts. */
import type { StatementSync } from 'node:sqlite';
import type { LeaseId } from '../../core/store.ts';
import { number, text } from './columns.ts';
import type { Connection } from './connection.ts';

export class LeasesTable {
  readonly #insert: StatementSync;
  readonly #extend: StatementSync;
  readonly #delete: StatementSync;
  readonly #alive: StatementSync;
  readonly #ended: StatementSync;
  readonly #soonest: StatementSync;
  readonly #clamp: StatementSync;

  constructor(connection: Connection) {
    this.#insert = connection.prepare('INSERT INTO leases (id, ttl_ms, expires_at) VALUES (?1, ?2, ?3 + ?2)');
    this.#extend = connection.prepare(
      'UPDATE leases SET expires_at = ?2 + ttl_ms WHERE id = ?1 AND expires_at > ?2',
    );
    this.#delete = connection.prepare('DELETE FROM leases WHERE id = ?');
    this.#alive = connection.prepare('SELECT 1 FROM leases WHERE id = ? AND expires_at > ?');
    this.#ended = connection.prepare(
      'SELECT id FROM leases WHERE expires_at <= ? ORDER BY expires_at, rowid',
    );
    this.#soonest = connection.prepare('SELECT expires_at FROM leases ORDER BY expires_at LIMIT 1');
    this.#clamp = connection.prepare(
      'UPDATE leases SET expires_at = ?1 + ttl_ms WHERE expires_at > ?1 + ttl_ms',
    );
  }

  insert(id: LeaseId, ttlMs: number, time: number): void {
    this.#insert.run(id, ttlMs, time);
  }

  /** False when the lease has ended. */
  extend(id: LeaseId, time: number): boolean {
    return this.#extend.run(id, time).changes === 1;
  }

  delete(id: LeaseId): void {
    this.#delete.run(id);
  }

  isAlive(id: LeaseId, time: number): boolean {
    return this.#alive.get(id, time) !== undefined;
  }

  /** Those whose time is over, in the order they ended. */
  endedBy(time: number): readonly LeaseId[] {
    return this.#ended.all(time).map((row) => text(row, 'id'));
  }

  /** When the next lease ends if nobody keeps it alive. */
  soonestExpiry(): number | undefined {
    const row = this.#soonest.get();
    return row === undefined ? undefined : number(row, 'expires_at');
  }

  /** No lease outlives its ttl because the machine's clock was set back between two runs. */
  clamp(time: number): void {
    this.#clamp.run(time);
  }
}
