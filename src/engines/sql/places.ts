/**
 * Where a server without GTIDs is, in its source's log and in its own, and which places of the two belong together: a
 * replica logs what it applies transaction by transaction in the order of its source, so it is enough to count.
 */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { LogPoint, ReceivedTransaction } from '../../core/engine.ts';
import { formatAddress } from '../../core/identity.ts';
import type { Position } from '../../core/positions.ts';
import { serverErrorNumber } from './driver-errors.ts';
import { firstEvent } from './event-pages.ts';
import { eventsOf } from './event-walk.ts';
import type { Ended, FollowedLog, Place, PlaceDialect, Whereabouts } from './place-dialect.ts';
import { number, text, truth } from './rows.ts';
import type { Sessions } from './sessions.ts';
import { whyNotShown } from './why-not-shown.ts';

export interface PlacesParts {
  readonly places: PlaceDialect;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** One wait is short enough that an applier which fails meanwhile is noticed. */
const noticeMs = 1000;
const notRunningPauseMs = 20;
const unfaithful =
  'it may skip or reorder what it applies (replica_exec_mode, replica_skip_errors, replica_preserve_commit_order)';
/** The applier may throw away a file of the relay log while it is read. */
const tries = 3;

export class Places {
  readonly #parts: PlacesParts;

  constructor(parts: PlacesParts) {
    this.#parts = parts;
  }

  async isAnonymous(call: Call): Promise<boolean> {
    const { places, sessions } = this.#parts;
    const [rows] = await sessions.query('work', 'ask for the GTID mode', places.isAnonymous, call);
    return truth(rows?.[0], 'anonymous');
  }

  /** In its source's log, or in its own when it follows nobody. */
  async position(call: Call): Promise<Position> {
    const { own, following } = await this.#where(call);
    return this.#parts.places.positionAt(following?.applied ?? own);
  }

  /** The end of the last whole transaction that was received; with the receiver stopped. */
  async received(call: Call): Promise<Position> {
    const left = countdown(this.#parts.clock, call);
    for (let attempt = 1; ; attempt += 1) {
      const where = await this.#where(left());
      const { following, own } = where;
      if (!following) return this.#parts.places.positionAt(own);
      try {
        const ends = await this.#relayed(where, following.relay, following.applied, left);
        return this.#inSource(following.applied, ends.at(-1)?.at);
      } catch (thrown) {
        if (serverErrorNumber(thrown) === 0 || attempt === tries) throw thrown;
      }
    }
  }

  /**
   * The transactions that it received after a place in its source's log, in the order in which they came. Throws
   * `salvage-impossible` when its relay log does not reach back so far.
   */
  async receivedAfter(after: Position, call: Call): Promise<readonly ReceivedTransaction[]> {
    const left = countdown(this.#parts.clock, call);
    const where = await this.#where(left());
    const { following } = where;
    const from = following && this.#placeIn(after, following.applied.server);
    if (!following || !from) throw this.#untold(`it does not follow the server that ${after} speaks of`);
    const ends = await this.#relayedAfter(where, from, left);
    return ends.map(({ at, what }) => ({ end: this.#inSource(following.applied, at), what }));
  }

  /** Where the transactions end that it logged after a place in its own log and did not write itself. */
  async loggedAfter(after: Position, call: Call): Promise<readonly Position[]> {
    const { places } = this.#parts;
    const left = countdown(this.#parts.clock, call);
    const { own, number } = await this.#where(left());
    const from = this.#placeIn(after, own.server);
    if (!from) throw this.#untold(`${after} is not in its own log`);
    const ends = await this.#logged(number, from, left);
    return foreign(ends, number).ends.map(({ at }) => places.positionAt({ ...at, server: own.server }));
  }

  /**
   * Where these transactions begin in its own log, of which they are the last that it did not write itself. `near`: where
   * a transaction ended some time ago; it saves reading a whole file. `replayed`: since its place in its source's log a
   * log was replayed on it, maybe before `near`.
   */
  async lastLogged(
    transactions: readonly ReceivedTransaction[],
    { near, replayed }: { readonly near: LogPoint | undefined; readonly replayed: boolean },
    call: Call,
  ): Promise<Position> {
    const { places } = this.#parts;
    const left = countdown(this.#parts.clock, call);
    const { own, number, faithful } = await this.#where(left());
    if (transactions.length > 0 && !faithful) throw this.#untold(unfaithful);
    const told = (at: LogPoint): Position => places.positionAt({ ...at, server: own.server });
    if (near && places.compare(near, own) <= 0) {
      const ends = await this.#loggedNear(number, near, left);
      const begins =
        ends && this.#beginning(transactions, foreign(ends, number), replayed ? undefined : near);
      if (begins) return told(begins);
    }
    let ends: readonly Ended[] = [];
    for (const file of (await this.#ownFiles(left())).toReversed()) {
      const start = { file, offset: firstEvent };
      ends = [...(await this.#logged(number, start, left, file)), ...ends];
      // What it wrote itself may have been replayed, in this file or at the end of the one before.
      const nothingOwn = ends.length === 0 && !replayed;
      const known = transactions.length > 0 || nothingOwn ? start : undefined;
      const begins = this.#beginning(transactions, foreign(ends, number), known);
      if (begins) return told(begins);
    }
    throw this.#untold(`its own log does not hold the last ${transactions.length} transactions alone`);
  }

  /** Undefined when no event begins there, or the file is gone. */
  async #loggedNear(number: number, near: LogPoint, left: () => Call): Promise<readonly Ended[] | undefined> {
    try {
      return await this.#logged(number, near, left);
    } catch (thrown) {
      if (whyNotShown(thrown) === undefined) throw thrown;
      return undefined;
    }
  }

  /** Undefined when they are not all there, and when nothing but its own writes stands before them and `start` is not known. */
  #beginning(
    wanted: readonly ReceivedTransaction[],
    { begins, ends }: Foreign,
    start: LogPoint | undefined,
  ): LogPoint | undefined {
    const before = ends.length - wanted.length;
    if (before < 0) return undefined;
    const other = wanted.find(({ what }, at) => ends[before + at]?.what !== what);
    if (other) throw this.#untold(`its own log shows something else in place of: ${other.what}`);
    return before === 0 ? (begins ?? start) : ends[before - 1]?.at;
  }

  /** As `Replication.awaitPosition`. `failed` throws when an applier has. */
  async await(wanted: Position, failed: (call: Call) => Promise<void>, call: Call): Promise<void> {
    const { places, sessions, clock } = this.#parts;
    const left = countdown(this.#parts.clock, call);
    const version = await sessions.version(left());
    const { own } = await this.#where(left());
    for (const place of places.placesIn(wanted)) {
      if (place.server === own.server && places.compare(place, own) <= 0) continue;
      const log = await this.#channelOf(place, left(), call);
      for (;;) {
        const waitMs = Math.max(Math.min(left().deadlineMs - 50, noticeMs), 1);
        const wait = { channel: log.channel, seconds: waitMs / 1000 };
        const sql = places.await(place, wait, version);
        const sets = await sessions.query('work', 'wait for the position', sql, left()).catch((thrown) => {
          throw asFault(thrown).code === 'deadline-exceeded' ? this.#notReached(place, call) : thrown;
        });
        const outcome = text(sets.at(-1)?.[0], 'outcome');
        if (outcome === '0') break;
        await failed(left());
        if (left().deadlineMs <= 100) throw this.#notReached(place, call);
        if (outcome === '2') await clock.sleep(notRunningPauseMs, call.signal);
      }
    }
  }

  /** The one that applies that server's log. One that has just connected does not say at once whose log that is. */
  async #channelOf(place: Place, call: Call, asked: Call): Promise<FollowedLog> {
    const until = this.#parts.clock.monotonic() + Math.min(noticeMs, call.deadlineMs / 2);
    for (;;) {
      const { following, helping } = await this.#where(call);
      const log = [following, helping].find((each) => each?.applied.server === place.server);
      if (log) return log;
      if (this.#parts.clock.monotonic() >= until) throw this.#notReached(place, asked);
      await this.#parts.clock.sleep(notRunningPauseMs, call.signal);
    }
  }

  /** That place of the position which is in its source's log. */
  async inSource(position: Position, call: Call): Promise<Place> {
    const { following } = await this.#where(call);
    const place = following && this.#placeIn(position, following.applied.server);
    if (place) return place;
    throw this.#untold(`it does not follow the server that ${position} speaks of`);
  }

  /** Throws when what it logs may not be what its source logged, one for one. */
  async expectFaithful(call: Call): Promise<void> {
    if (!(await this.#where(call)).faithful) throw this.#untold(unfaithful);
  }

  async #where(call: Call): Promise<Whereabouts> {
    const { places, sessions } = this.#parts;
    const version = await sessions.version(call);
    return places.read(await sessions.query('work', 'read the position', places.whereabouts(version), call));
  }

  async #relayed(
    { number, following }: Whereabouts,
    from: LogPoint,
    source: LogPoint,
    left: () => Call,
  ): Promise<readonly Ended[]> {
    const read = this.#parts.places.reader({ file: source.file, number });
    const walk = { of: 'relay log', channel: following?.channel ?? '', from } as const;
    const ends: Ended[] = [];
    for await (const row of eventsOf(this.#parts, walk, left)) {
      const { ended } = read(row);
      if (ended) ends.push(ended);
    }
    return ends;
  }

  async #relayedAfter(where: Whereabouts, after: Place, left: () => Call): Promise<readonly Ended[]> {
    const { places } = this.#parts;
    const { following } = where;
    if (!following) return [];
    const { applied, relay, channel } = following;
    if (places.compare(after, applied) >= 0) {
      const ends = await this.#relayed(where, relay, applied, left);
      return ends.filter(({ at }) => places.compare(at, after) > 0);
    }
    // The bytes of one file of the source stand in a relay log as they stood there, one after the other.
    const near = { file: relay.file, offset: relay.offset - (applied.offset - after.offset) };
    const inReach = after.file === applied.file && near.offset > firstEvent;
    return inReach && (await this.#begins(near, after, channel, left()))
      ? this.#relayed(where, near, after, left)
      : this.#searched(where, after, left);
  }

  /** Whether the event there is the one that stood in the source's log at that place. */
  async #begins(near: LogPoint, after: LogPoint, channel: string, call: Call): Promise<boolean> {
    const { places, sessions } = this.#parts;
    const sql = places.events('relay log', { ...near, skip: 0 }, 2, channel);
    const [[event, next] = []] = await sessions
      .query('work', 'look into the relay log', sql, call)
      .catch((thrown: unknown) => {
        if (serverErrorNumber(thrown) === 0) throw thrown;
        return [];
      });
    const size = (number(next, 'Pos') ?? 0) - (number(event, 'Pos') ?? 0);
    return size > 0 && (number(event, 'End_log_pos') ?? 0) - size === after.offset;
  }

  /** Through all that the relay log still has. */
  async #searched(
    { number, following }: Whereabouts,
    after: Place,
    left: () => Call,
  ): Promise<readonly Ended[]> {
    const { places, sessions } = this.#parts;
    const channel = following?.channel ?? '';
    const sql = places.firstReceived(channel);
    const [rows = []] = await sessions.query('work', 'read the relay log', sql, left());
    const file = text(rows[0], 'Log_name');
    const read = places.reader({ file: '', number });
    const walk = { of: 'relay log', channel, from: { file: file ?? '', offset: firstEvent } } as const;
    let ends: Ended[] | undefined;
    for await (const row of eventsOf(this.#parts, walk, left)) {
      const { ended, continues } = read(row);
      const here = ended?.at ?? continues;
      if (ended && ends) ends.push(ended);
      else if (here && here.file === after.file && here.offset === after.offset) ends = [];
    }
    if (ends) return ends;
    throw this.#untold(`its relay log does not reach back to ${after.file}:${after.offset}`);
  }

  async #logged(number: number, from: LogPoint, left: () => Call, only?: string): Promise<readonly Ended[]> {
    const read = this.#parts.places.reader({ file: from.file, number });
    const ends: Ended[] = [];
    for await (const row of eventsOf(this.#parts, { of: 'own log', channel: '', from }, left)) {
      const file = text(row, 'Log_name') ?? from.file;
      if (only !== undefined && file !== only) break;
      const { ended } = read(row);
      if (ended) ends.push({ ...ended, at: { file, offset: ended.at.offset } });
    }
    return ends;
  }

  async #ownFiles(call: Call): Promise<readonly string[]> {
    const { places, sessions } = this.#parts;
    const [rows = []] = await sessions.query('work', 'list the log', places.ownFiles, call);
    return rows.flatMap((row) => text(row, 'Log_name') ?? []);
  }

  #placeIn(position: Position, server: string): Place | undefined {
    return this.#parts.places.placesIn(position).find((place) => place.server === server);
  }

  #inSource({ server, file, offset }: Place, end: LogPoint | undefined): Position {
    return this.#parts.places.positionAt({ server, ...(end ?? { file, offset }) });
  }

  #untold(why: string): Fault {
    return new Fault('salvage-impossible', `${formatAddress(this.#parts.sessions.address)}: ${why}`);
  }

  #notReached({ file, offset }: Place, { deadlineMs }: Call): Fault {
    const server = formatAddress(this.#parts.sessions.address);
    const within = `within ${Math.round(deadlineMs)} ms`;
    return new Fault('position-not-reached', `${server}: did not apply ${file}:${offset} ${within}`);
  }
}

interface Foreign {
  /** Where the first of them begins, when that is not where the reading began. */
  readonly begins: LogPoint | undefined;
  readonly ends: readonly Ended[];
}

/** What it wrote itself may only come last, where a log was replayed on it, and does not count. */
function foreign(ends: readonly Ended[], number: number): Foreign {
  const end = ends.findLastIndex(({ origin }) => origin !== number) + 1;
  const start = ends.findLastIndex(({ origin }, at) => at < end && origin === number) + 1;
  return { begins: ends[start - 1]?.at, ends: ends.slice(start, end) };
}
