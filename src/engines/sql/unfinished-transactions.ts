/**
 * Stops a channel's applier even when it is within a transaction whose rest will never be received. MySQL's waits a
 * minute for it (see its dialect's `unfinished`); ended, it stops at once, and the transaction is rolled back.
 */
import type { Call, Clock } from '../../core/clock.ts';
import type { Dialect } from './dialect.ts';
import { serverErrorNumber } from './driver-errors.ts';
import { text } from './rows.ts';
import { noSuchThread, type Sessions, type Slot } from './sessions.ts';

export interface StopParts {
  readonly dialect: Dialect;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

export interface StopStatement {
  readonly channel: string;
  /** In errors. */
  readonly what: string;
  readonly sql: string;
}

/** A stop that takes longer than this may be waiting. */
const patienceMs = 20;
const greatestPauseMs = 160;
/** An applier that lost a thread ends by itself within some ten milliseconds. */
const endsWithinMs = 1000;

/** The receiver is stopped first, whatever the statement stops. */
export async function stopApplying(parts: StopParts, stop: StopStatement, call: Call): Promise<void> {
  const { dialect, sessions } = parts;
  const version = await sessions.version(call);
  const look = dialect.unfinished(version, stop.channel);
  if (look === '') {
    await sessions.query('work', stop.what, stop.sql, call);
    return;
  }
  const receiver = dialect.stopReceiver(version, stop.channel);
  // Told to stop before it has noticed, it waits the minute for nobody: seen in half of the tries on 9.7.4.
  if (await endFound(parts, 'work', `${receiver}; ${look}`, call)) await ended(parts, stop.channel, call);
  const stopping = sessions.query('work', stop.what, stop.sql, call);
  const over = new AbortController();
  const watching = watch(parts, look, call, over.signal);
  try {
    await stopping;
  } finally {
    over.abort();
    await watching;
  }
}

/** An applier may only come to the unfinished transaction when it is told to stop: it goes on with what it has. */
async function watch(parts: StopParts, look: string, call: Call, over: AbortSignal): Promise<void> {
  try {
    for (let pauseMs = patienceMs; !over.aborted; pauseMs = Math.min(pauseMs * 2, greatestPauseMs)) {
      await parts.clock.sleep(pauseMs, AbortSignal.any([call.signal, over]));
      // Given up in between, it would take along the session that a freeze may hang on.
      await endFound(parts, 'lock', look, call);
    }
  } catch {
    // It is the stop whose outcome counts.
  }
}

/** Whether there was one. */
async function endFound({ sessions }: StopParts, slot: Slot, sql: string, call: Call): Promise<boolean> {
  const sets = await sessions.query(slot, 'look for unfinished transactions', sql, call);
  const found = (sets.at(-1) ?? []).flatMap((row) => text(row, 'session') ?? []);
  for (const session of found) {
    try {
      await sessions.query(slot, 'end an unfinished transaction', `KILL ${session}`, call);
    } catch (thrown) {
      if (serverErrorNumber(thrown) !== noSuchThread) throw thrown;
    }
  }
  return found.length > 0;
}

/** Returns when the channel's applier has ended, or does not seem to. */
async function ended({ dialect, sessions, clock }: StopParts, name: string, call: Call): Promise<void> {
  const version = await sessions.version(call);
  const began = clock.monotonic();
  for (let pauseMs = 1; clock.monotonic() - began < endsWithinMs; pauseMs = Math.min(pauseMs * 2, 20)) {
    const sql = dialect.channels(version);
    const [rows = []] = await sessions.query('work', 'read replication', sql, call);
    const channel = dialect.readChannels(rows).find((each) => each.name === name);
    if (channel?.applier !== 'running') return;
    await clock.sleep(pauseMs, call.signal);
  }
}
