/** The writing side of a hand-over on one server: drain, freeze, thaw, promote, and ending what could write. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { Drained, DrainRequest, EngineContext, Promoted, PromoteRequest } from '../../core/engine.ts';
import { formatAddress } from '../../core/identity.ts';
import type { Position } from '../../core/positions.ts';
import type { SqlConnection } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { serverErrorNumber } from './driver-errors.ts';
import { readPosition, text } from './rows.ts';
import { semiSyncVariables } from './semi-sync-variables.ts';
import { noSuchThread, type Sessions, stillThere } from './sessions.ts';

/** How long an ended session may take to be gone. */
const goneWithinMs = 1000;
/** One with a transaction of its own has to roll it back first. */
const rolledBackWithinMs = 3000;

/** InnoDB refreshes information_schema.innodb_trx only when it was not read for 100 ms. */
const transactionLookMs = 110;

export class HandOver {
  readonly #dialect: Dialect;
  readonly #sessions: Sessions;
  readonly #context: EngineContext;
  /** Holds a freeze's locks; a second freeze needs a session without any. */
  #locking: SqlConnection | undefined;

  constructor(dialect: Dialect, sessions: Sessions, context: EngineContext) {
    this.#dialect = dialect;
    this.#sessions = sessions;
    this.#context = context;
  }

  async drain(request: DrainRequest, call: Call): Promise<Drained> {
    const clock = this.#context.clock;
    const warmUp = this.#dialect.warmUp(await this.#sessions.version(call));
    if (warmUp !== '') await this.#sessions.query('lock', 'warm up the freeze', warmUp, call);
    const began = clock.monotonic();
    const found = await this.#writing(call);
    let left = found;
    while (left.size > 0 && clock.monotonic() - began < request.graceMs) {
      await clock.sleep(Math.min(transactionLookMs, request.graceMs), call.signal);
      const now = await this.#writing(call);
      left = new Map([...left].filter(([transaction]) => now.has(transaction)));
    }
    if (left.size > 0 && request.afterGrace === 'give-up') {
      throw new Fault(
        'transactions-running',
        `${formatAddress(this.#sessions.address)}: ${left.size} writing transactions outlived ${request.graceMs} ms`,
        { details: { sessions: [...left.values()] } },
      );
    }
    await this.#end([...left.values()], call);
    return { found: found.size, ended: left.size };
  }

  async freeze(call: Call): Promise<Position> {
    const version = await this.#sessions.version(call);
    if (this.#locking && this.#locking === this.#sessions.held('lock')) this.#sessions.close('lock');
    const lock = await this.#sessions.get('lock', call);
    this.#locking = lock;
    try {
      const sets = await lock.query('freeze', this.#dialect.freeze(version), call);
      return readPosition(sets.at(-1)?.[0], this.#sessions.address);
    } catch (thrown) {
      await this.#forget(lock);
      throw thrown;
    }
  }

  /** The session that froze it is still there: it has not restarted, and no lock of the freeze is lost. */
  holdsFreeze(): boolean {
    return this.#locking !== undefined && this.#locking === this.#sessions.held('lock');
  }

  /** Ends what earlier operations left here: their locks, and statements still under way. */
  async takeOver(call: Call): Promise<void> {
    await this.#endAndAwait(await this.#others(this.#dialect.operationSessions, call), call);
  }

  async thaw(call: Call): Promise<void> {
    const lock = this.#sessions.held('lock');
    if (lock) await this.#unlock(lock, call);
    await this.takeOver(call);
    await this.#sessions.query('work', 'thaw', this.#dialect.writable, call);
  }

  /** Of a dead primary's settings not all may be known to the one that takes over: it has to, all the same. */
  async promote(request: PromoteRequest, call: Call): Promise<Promoted> {
    const { semiSync } = request;
    try {
      await this.#makeWritable(request, call);
      return {};
    } catch (thrown) {
      const fault = asFault(thrown);
      if (semiSync?.required !== false || fault.code !== 'statement-failed') throw fault;
      await this.#makeWritable({}, call);
      return { withoutSemiSync: fault.message };
    }
  }

  async #makeWritable(request: PromoteRequest, call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    const variables = request.semiSync && (await semiSyncVariables(this.#dialect, this.#sessions, call));
    await this.#sessions.query('work', 'promote', this.#dialect.promote(request, version, variables), call);
  }

  async endWriters(call: Call): Promise<number> {
    const version = await this.#sessions.version(call);
    const ended = new Set<number>();
    // With the freeze's locks it is read-only, and they would hold this statement up.
    if (!this.holdsFreeze())
      await this.#sessions.query('work', 'make read-only', this.#dialect.readOnly, call);
    try {
      // A pool may reconnect between two looks; five rounds end what was there, the rest meets read_only.
      for (let round = 0; round < 5; round += 1) {
        const sessions = await this.#others(this.#dialect.dangerousSessions(version), call);
        if (sessions.length === 0) break;
        await this.#end(sessions, call);
        for (const session of sessions) ended.add(session);
        await this.#context.clock.sleep(5 * (round + 1), call.signal);
      }
      // Before the locks go: one that is marked and has not run since would be granted its lock, and write after all.
      // What is left after that rolls back something large.
      await this.#awaitGone([...ended], rolledBackWithinMs, call);
    } finally {
      const lock = this.#sessions.held('lock');
      if (lock) await this.#unlock(lock, call);
    }
    return ended.size;
  }

  async #others(sql: string, call: Call): Promise<readonly number[]> {
    const [rows = []] = await this.#sessions.query('work', 'find sessions that can write', sql, call);
    const own = new Set(this.#sessions.ids());
    return rows.map((row) => Number(text(row, 'session'))).filter((session) => !own.has(session));
  }

  /** Open writing transactions of clients, by transaction, with the session each belongs to. */
  async #writing(call: Call): Promise<ReadonlyMap<string, number>> {
    const sql = this.#dialect.writingTransactions;
    const [rows = []] = await this.#sessions.query('work', 'find open transactions', sql, call);
    return new Map(rows.map((row) => [text(row, 'transaction') ?? '', Number(text(row, 'session'))]));
  }

  async #unlock(lock: SqlConnection, call: Call): Promise<void> {
    const statement = this.#dialect.unlock(await this.#sessions.version(call));
    try {
      if (statement !== '') await lock.query('unlock', statement, call);
    } catch {
      // Its end unlocks as well.
      lock.close();
    }
  }

  /**
   * A freeze that failed may still wait inside the server and be granted later, when writes flow again. Ending
   * its session from another one makes sure that it is not.
   */
  async #forget(lock: SqlConnection): Promise<void> {
    lock.close();
    // The call's own signal may be what ended the freeze.
    const call = { signal: new AbortController().signal, deadlineMs: 1000 };
    await this.#endAndAwait([lock.id], call).catch(() => undefined);
  }

  /**
   * KILL only marks a session; one that is granted its lock in that moment carries its statement out. Its effect is
   * over for certain when the session is gone.
   */
  async #endAndAwait(sessions: readonly number[], call: Call): Promise<void> {
    await this.#end(sessions, call);
    await this.#awaitGone(sessions, goneWithinMs, call);
  }

  async #awaitGone(sessions: readonly number[], withinMs: number, call: Call): Promise<void> {
    const clock = this.#context.clock;
    const until = clock.monotonic() + withinMs;
    while (sessions.length > 0 && clock.monotonic() < until) {
      const [rows = []] = await this.#sessions.query('work', 'see it gone', stillThere(sessions), call);
      if (rows.length === 0) return;
      await clock.sleep(5, call.signal);
    }
  }

  /** One that cannot be ended (it belongs to the system) does not spare the others. */
  async #end(sessions: readonly number[], call: Call): Promise<void> {
    const failures: unknown[] = [];
    for (const session of sessions) {
      try {
        await this.#sessions.query('work', 'end a session', `KILL ${session}`, call);
      } catch (thrown) {
        if (serverErrorNumber(thrown) !== noSuchThread) failures.push(thrown);
      }
    }
    if (failures.length > 0) throw asFault(failures[0]);
  }
}
