/**
 * Stops a channel's applier even when it is within a transaction whose rest will never be received. MySQL's waits a
 * minute for it (see its dialect's `unfinished`); ended, it stops at once, and the transaction is rolled back.
 */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { countdown, withDeadline } from '../../core/deadline.ts';
import { formatAddress } from '../../core/identity.ts';
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

/** So long, and never for more than a third of the call, an applier may need to come to the unfinished transaction. */
const patienceMs = 1000;
const leastPauseMs = 2;
/** What is left then is kept for saying so. */
const answerMs = 50;
const greatestPauseMs = 160;
/** One that hangs must not hold up a stop that has its answer. */
const lastLookMs = 100;
/** ER_KILL_DENIED_ERROR. */
const killDenied = 1095;

/** The receiver is stopped first, whatever the statement stops. Throws `deadline-exceeded` when an applier that was ended goes on. */
export async function stopApplying(parts: StopParts, stop: StopStatement, call: Call): Promise<void> {
  const { dialect, sessions } = parts;
  const left = countdown(parts.clock, call);
  const version = await sessions.version(left());
  const look = dialect.unfinished(version, stop.channel);
  if (look === '') {
    await sessions.query('work', stop.what, stop.sql, left());
    return;
  }
  const receiver = dialect.stopReceiver(version, stop.channel);
  if ((await endReached(parts, `${receiver}; ${look}`, look, left)) === 'ended')
    await ended(parts, stop.channel, left);
  const over = new AbortController();
  const stopping = sessions.query('work', stop.what, stop.sql, left());
  const watching = watch(parts, look, left(), over.signal);
  try {
    await stopping;
  } finally {
    over.abort();
    const soon = { deadlineMs: lastLookMs, signal: new AbortController().signal };
    await withDeadline(parts.clock, soon, 'look', () => watching).catch(() => undefined);
  }
}

interface Looking {
  readonly slot: Slot;
  readonly sql: string;
  /** The stop has ended: nobody is to be ended any more. */
  readonly over?: AbortSignal;
}

type Look = 'none' | 'not there yet' | 'ended' | 'not allowed';

/** Waits a little for an applier that has not come to what was received by half. */
async function endReached(parts: StopParts, first: string, look: string, left: () => Call): Promise<Look> {
  const { clock } = parts;
  const until = clock.monotonic() + Math.min(patienceMs, left().deadlineMs / 3);
  let found = await endFound(parts, { slot: 'work', sql: first }, left());
  for (
    let pauseMs = leastPauseMs;
    found === 'not there yet';
    pauseMs = Math.min(pauseMs * 2, greatestPauseMs)
  ) {
    if (clock.monotonic() + pauseMs > until) return found;
    await clock.sleep(pauseMs, left().signal);
    found = await endFound(parts, { slot: 'work', sql: look }, left());
  }
  return found;
}

/** An applier may only come to the unfinished transaction when it is told to stop: it goes on with what it has. */
async function watch(parts: StopParts, look: string, call: Call, over: AbortSignal): Promise<void> {
  try {
    let found: Look = 'none';
    for (let pauseMs = 20; found !== 'not allowed'; pauseMs = Math.min(pauseMs * 2, greatestPauseMs)) {
      await parts.clock.sleep(pauseMs, AbortSignal.any([call.signal, over]));
      // Given up in between, it would take along the session that a freeze may hang on.
      found = await endFound(parts, { slot: 'lock', sql: look, over }, call);
    }
  } catch {
    // It is the stop whose outcome counts.
  }
}

async function endFound({ sessions }: StopParts, { slot, sql, over }: Looking, call: Call): Promise<Look> {
  const sets = await sessions.query(slot, 'look for unfinished transactions', sql, call);
  const found = sets.at(-1) ?? [];
  if (found.length === 0 || over?.aborted) return 'none';
  const applying = found.flatMap((row) => text(row, 'session') ?? []);
  for (const session of applying) {
    try {
      await sessions.query(slot, 'end an unfinished transaction', `KILL ${session}`, call);
    } catch (thrown) {
      if (isDenied(thrown)) return 'not allowed';
      if (serverErrorNumber(thrown) !== noSuchThread) throw thrown;
    }
  }
  return applying.length === 0 ? 'not there yet' : 'ended';
}

const isDenied = (thrown: unknown): boolean =>
  serverErrorNumber(thrown) === killDenied || asFault(thrown).code === 'access-denied';

/** Told to stop before it has noticed, it may wait its minute nevertheless. */
async function ended({ dialect, sessions, clock }: StopParts, name: string, left: () => Call): Promise<void> {
  const version = await sessions.version(left());
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
    const sql = dialect.channels(version);
    const [rows = []] = await sessions.query('work', 'read replication', sql, left());
    const channel = dialect.readChannels(rows).find((each) => each.name === name);
    if (channel?.applier !== 'running') return;
    if (left().deadlineMs < pauseMs + answerMs) {
      throw new Fault(
        'deadline-exceeded',
        `${formatAddress(sessions.address)}: its applier was ended within a transaction that was received by half, and still runs`,
      );
    }
    await clock.sleep(pauseMs, left().signal);
  }
}
