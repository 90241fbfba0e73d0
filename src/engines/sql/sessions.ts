/**
 * The connections to one server. `look` is held for probing, `pulse` for the pulse that must not wait behind a
 * probe, `flush` for what may wait for a disk. An operation adds `work` for its statements and `lock` for the one that a freeze's locks hang on; both are
 * opened ahead of the moment they are needed. `replay` is for a salvaged log.
 */
import type { Call } from '../../core/clock.ts';
import type { Address } from '../../core/identity.ts';
import type { Version } from '../../core/observation.ts';
import type { OpenConnection, SqlConnection } from './connection.ts';
import { serverErrorNumber } from './driver-errors.ts';
import type { Row } from './rows.ts';
import { text } from './rows.ts';
import { parseVersion } from './version.ts';

export type Slot = 'look' | 'pulse' | 'flush' | 'work' | 'lock' | 'replay';

/** Those that are held while nothing is done to the server: their end is news of it. */
const watching: ReadonlySet<Slot> = new Set(['look', 'pulse', 'flush']);

/**
 * Change nothing, and are to be answered while others hang: they neither wait for an abandoned session's end nor need
 * one. With a stalled disk MySQL's process list hangs, too (seen on 9.7).
 */
const vital: ReadonlySet<Slot> = new Set(['pulse', 'flush']);

/**
 * Statements here are plain text, so backslashes must mean the same everywhere; a metadata lock that cannot be
 * had is given up by the server itself after a second, lest it be granted long after the controller is gone.
 */
const setUp = "SELECT VERSION() AS version; SET SESSION sql_mode='', autocommit=1, lock_wait_timeout=1";

/**
 * The sessions of operations are told from all others, also by a later controller, by the schema they are in:
 * what a dead controller left (a lock, a statement under way) hangs on one of these.
 */
const mark = 'USE information_schema';

const mine = "USER = SUBSTRING_INDEX(USER(), '@', 1) AND ID <> CONNECTION_ID()";

/** Column `session`: sessions of operations, of this controller and of earlier ones. */
export const operationSessions = `SELECT ID AS session FROM information_schema.PROCESSLIST WHERE ${mine} AND DB = 'information_schema'`;

/** ER_NO_SUCH_THREAD: it has ended by itself, which is as good. */
export const noSuchThread = 1094;

/** Column `session`: those of the given sessions that are still there. */
export const stillThere = (ids: readonly number[]): string =>
  `SELECT ID AS session FROM information_schema.PROCESSLIST WHERE ID IN (${ids.join(', ')})`;

export class Sessions {
  readonly address: Address;
  readonly #connection: OpenConnection;
  readonly #open = new Map<Slot, SqlConnection>();
  readonly #opening = new Map<Slot, Promise<SqlConnection>>();
  /** Ended while the server may still carry out what they were sent. */
  readonly #abandoned = new Set<number>();
  #version: Version | undefined;
  #closed = false;
  readonly #listeners = new Set<() => void>();

  constructor(address: Address, connection: OpenConnection) {
    this.address = address;
    this.#connection = connection;
  }

  /** The session in a slot, opened when there is none or it has ended. */
  async get(slot: Slot, call: Call): Promise<SqlConnection> {
    const held = this.#open.get(slot);
    if (held?.open) {
      if (this.#abandoned.size > 0 && !vital.has(slot)) await this.#endAbandoned(held, call);
      return held;
    }
    const already = this.#opening.get(slot);
    if (already) return already;
    const opening = this.#connect(slot, call).finally(() => this.#opening.delete(slot));
    this.#opening.set(slot, opening);
    return opening;
  }

  /** The session in a slot if it is open, without opening one. */
  held(slot: Slot): SqlConnection | undefined {
    const session = this.#open.get(slot);
    return session?.open ? session : undefined;
  }

  /** Known once any session has been opened. */
  async version(call: Call): Promise<Version> {
    if (this.#version === undefined) await this.get('work', call);
    return this.#version ?? parseVersion('');
  }

  async query(slot: Slot, what: string, sql: string, call: Call): Promise<readonly (readonly Row[])[]> {
    const session = await this.get(slot, call);
    return session.query(what, sql, call);
  }

  /** The ids of all sessions open now, so that they are not taken for a client's. */
  ids(): readonly number[] {
    return [...this.#open.values()].filter((session) => session.open).map((session) => session.id);
  }

  close(...slots: readonly Slot[]): void {
    for (const slot of slots) {
      const session = this.#open.get(slot);
      session?.close();
      this.#note(session);
      this.#open.delete(slot);
    }
  }

  closeAll(): void {
    this.#closed = true;
    this.close('look', 'pulse', 'flush', 'work', 'lock', 'replay');
  }

  /** Told whenever a session that is held for watching ends by itself. Returns what stops that. */
  onLost(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #note(session: SqlConnection | undefined): void {
    if (session?.unanswered && session.id > 0) this.#abandoned.add(session.id);
  }

  async #connect(slot: Slot, call: Call): Promise<SqlConnection> {
    for (const each of this.#open.values()) this.#note(each);
    const session = await this.#connection(call, slot === 'replay' ? 'bytes' : 'text');
    try {
      const [rows] = await session.query('set up the session', setUp, call);
      this.#version = parseVersion(text(rows?.[0], 'version') ?? '');
      if (!watching.has(slot)) await session.query('set up the session', mark, call);
      if (!vital.has(slot)) await this.#endAbandoned(session, call);
    } catch (thrown) {
      session.close();
      throw thrown;
    }
    if (this.#closed) session.close();
    else this.#open.set(slot, session);
    if (watching.has(slot)) {
      session.onEnd(() => {
        for (const listener of this.#listeners) listener();
      });
    }
    return session;
  }

  /**
   * A statement whose answer was not waited for may reach the server late, over the old connection, and undo what
   * is done over the new one. With its session ended there it has no effect any more.
   */
  async #endAbandoned(session: SqlConnection, call: Call): Promise<void> {
    for (const id of [...this.#abandoned]) {
      // After a restart of the server its number may be somebody else's, or one of ours.
      if (id === session.id || this.ids().includes(id)) {
        this.#abandoned.delete(id);
        continue;
      }
      const find = `SELECT ID AS session FROM information_schema.PROCESSLIST WHERE ${mine} AND ID = ${id}`;
      const [rows = []] = await session.query('find an abandoned session', find, call);
      this.#abandoned.delete(id);
      if (rows.length === 0) continue;
      try {
        await session.query('end an abandoned session', `KILL ${id}`, call);
      } catch (thrown) {
        if (serverErrorNumber(thrown) !== noSuchThread) throw thrown;
      }
    }
  }
}
