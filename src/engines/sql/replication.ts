/** The following side of a hand-over on one server: wait for a position, stop, follow, forget a source. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { EngineContext, FollowRequest } from '../../core/engine.ts';
import { type Address, formatAddress, sameAddress } from '../../core/identity.ts';
import type { ReplicationChannel } from '../../core/observation.ts';
import type { Position } from '../../core/positions.ts';
import { applierFailure } from './applier-failure.ts';
import type { Dialect } from './dialect.ts';
import { Places } from './places.ts';
import { readReceived } from './received.ts';
import { readPosition, text, truth } from './rows.ts';
import { semiSyncVariables } from './semi-sync-variables.ts';
import type { Sessions } from './sessions.ts';
import { stopApplying } from './unfinished-transactions.ts';

/** A receiver that cannot connect may still do so; these it never gets over by itself. ER_MASTER_FATAL_ERROR_READING_BINLOG and its kin. */
const hopeless = new Set([1236, 1593, 13114, 13117]);

/** For so long an applier that has failed is waited for. */
const noticeMs = 1000;

export class Replication {
  readonly #dialect: Dialect;
  readonly #sessions: Sessions;
  readonly #context: EngineContext;
  /** For servers without GTIDs; absent where all have them. */
  readonly places: Places | undefined;

  constructor(dialect: Dialect, sessions: Sessions, context: EngineContext) {
    this.#dialect = dialect;
    this.#sessions = sessions;
    this.#context = context;
    const { places } = dialect;
    this.places = places && new Places({ places, sessions, clock: context.clock });
  }

  get address(): Address {
    return this.#sessions.address;
  }

  async position(call: Call): Promise<Position> {
    const version = await this.#sessions.version(call);
    const [rows] = await this.#sessions.query(
      'work',
      'read the position',
      this.#dialect.position(version),
      call,
    );
    if (this.places && truth(rows?.[0], 'anonymous')) return this.places.position(call);
    return readPosition(rows?.[0], this.#sessions.address);
  }

  /** One wait is short enough that an applier which fails meanwhile is noticed: its position is never reached. */
  async awaitPosition(wanted: Position, call: Call): Promise<void> {
    if (this.places && this.#dialect.places?.names(wanted)) {
      return this.places.await(wanted, (inner) => this.#expectNoFailedApplier(inner), call);
    }
    const { clock } = this.#context;
    const began = clock.monotonic();
    for (;;) {
      const left = call.deadlineMs - (clock.monotonic() - began);
      // The server gives up a little earlier than we do, so that its connection stays of use.
      const waitMs = Math.max(Math.min(left - 50, noticeMs), 1);
      const outcome = await this.#waitFor(wanted, waitMs, { ...call, deadlineMs: left });
      if (outcome === 'reached') return;
      if (outcome === 'late' || waitMs < noticeMs) break;
      const look = { ...call, deadlineMs: Math.max(left - waitMs, 1) };
      // MariaDB only waits for what is replicated: what was written here is here already.
      if (this.#dialect.positions.missing(wanted, await this.position(look)).count === 0) return;
      await this.#expectNoFailedApplier(look);
    }
    throw new Fault(
      'position-not-reached',
      `${formatAddress(this.#sessions.address)}: did not apply ${this.#dialect.positions.brief(wanted)} within ${Math.round(call.deadlineMs)} ms`,
    );
  }

  /** `late`: a busy server, or this program, told it too late. */
  async #waitFor(wanted: Position, waitMs: number, call: Call): Promise<'reached' | 'not-yet' | 'late'> {
    const sql = this.#dialect.awaitPosition(wanted, waitMs / 1000);
    try {
      const [rows] = await this.#sessions.query('work', 'wait for the position', sql, call);
      return text(rows?.[0], 'outcome') === '0' ? 'reached' : 'not-yet';
    } catch (thrown) {
      if (asFault(thrown).code !== 'deadline-exceeded') throw thrown;
      return 'late';
    }
  }

  async #expectNoFailedApplier(call: Call): Promise<void> {
    const failed = (await this.channels(call)).find(
      ({ applier, applierError }) => applier === 'stopped' && applierError,
    );
    if (!failed?.applierError) return;
    const { code, message } = failed.applierError;
    throw new Fault(
      'replication-broken',
      `${formatAddress(this.#sessions.address)}: its applier failed: ${code} ${message}`,
    );
  }

  async stop(call: Call): Promise<Position> {
    const version = await this.#sessions.version(call);
    for (const { name } of await this.channels(call)) {
      const statement = this.#dialect.stopReplication(version, name);
      await this.#stopApplying(name, 'stop replication', statement, call);
    }
    return this.position(call);
  }

  /** Also takes up an applier that somebody stopped: what was received is to be applied. One that failed stays as it is. */
  async stopReceiving(call: Call): Promise<Position> {
    const version = await this.#sessions.version(call);
    const channels = await this.channels(call);
    for (const channel of channels) {
      const { name, applier } = channel;
      // What it took from another replica is not gone on with by itself: see `expectSettled`.
      const helps = name === this.#dialect.places?.helper;
      const failed = applierFailure(this.#dialect, channel) !== undefined;
      const takesUp = applier === 'stopped' && !failed && !helps && !this.#forgets(channel);
      const statements = [
        // First, while its receiver runs: see `startsAfresh`.
        ...(takesUp ? [this.#dialect.startApplier(version, name)] : []),
        this.#dialect.stopReceiver(version, name),
      ];
      await this.#sessions.query('work', 'stop receiving', statements.join('; '), call);
    }
    const lost = new Set(channels.filter((channel) => this.#forgets(channel)).map(({ name }) => name));
    const byPlace = channels.some(({ usesGtid }) => !usesGtid);
    if (this.places && byPlace && (await this.places.isAnonymous(call))) return this.places.received(call);
    const parts = { dialect: this.#dialect, sessions: this.#sessions, clock: this.#context.clock };
    return readReceived(parts, lost, call);
  }

  /** What waits in its relay log will never be applied: any start throws it away. */
  #forgets({ receiver, startsAfresh }: ReplicationChannel): boolean {
    return startsAfresh === true && receiver === 'stopped';
  }

  /** Stops the appliers that run, within what has not been received in full if need be. Returns their channels. */
  async stopAppliers(call: Call): Promise<readonly string[]> {
    const version = await this.#sessions.version(call);
    const running = (await this.channels(call)).filter(({ applier }) => applier === 'running');
    for (const { name } of running) {
      const statement = this.#dialect.stopApplier(version, name);
      await this.#stopApplying(name, 'stop applying', statement, call);
    }
    return running.map(({ name }) => name);
  }

  async startAppliers(channels: readonly string[], call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    for (const name of channels) {
      const statement = this.#dialect.startApplier(version, name);
      await this.#sessions.query('work', 'go on applying', statement, call);
    }
  }

  async #stopApplying(channel: string, what: string, sql: string, call: Call): Promise<void> {
    const parts = { dialect: this.#dialect, sessions: this.#sessions, clock: this.#context.clock };
    await stopApplying(parts, { channel, what, sql }, call);
  }

  async startReceiving(call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    for (const { name } of await this.channels(call)) {
      const statement = this.#dialect.startReceiver(version, name);
      await this.#sessions.query('work', 'start receiving', statement, call);
    }
  }

  async renewReceiver(name: string, call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    const channel = (await this.channels(call)).find((each) => each.name === name);
    if (!channel || channel.receiver === 'stopped') return;
    if (channel.startsAfresh) {
      throw new Fault(
        'replication-broken',
        `${formatAddress(this.#sessions.address)}: its applier is stopped: to connect anew would throw away what it has received`,
      );
    }
    const statements = [
      this.#dialect.stopReceiver(version, name),
      this.#dialect.startReceiver(version, name),
    ];
    await this.#sessions.query('work', 'connect anew', statements.join('; '), call);
  }

  async follow(request: FollowRequest, call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    const name = request.settings.channel ?? '';
    const channels = await this.channels(call);
    const now = channels.find((channel) => channel.name === name);
    if (now && follows(now, request.source)) return;
    // Put there at that place once, it is past it by now.
    const goesOn = request.at !== undefined && now !== undefined && sameAddress(now.source, request.source);
    // Its position can only be set while no other channel runs.
    const adoptsGtid =
      now !== undefined && !now.usesGtid && request.at === undefined && channels.length === 1;
    // An engine may take it away where GTIDs are taken up.
    const kept = adoptsGtid && now.delaySeconds > 0 ? { delaySeconds: now.delaySeconds } : {};
    const settings = { ...kept, ...request.settings };
    const account = this.#context.replication ?? this.#context.admin;
    const variables = request.settings.semiSync
      ? await semiSyncVariables(this.#dialect, this.#sessions, call)
      : undefined;
    const statement = {
      ...request,
      settings,
      account,
      adoptsGtid,
      ...(variables === undefined ? {} : { variables }),
    };
    const statements = [
      ...(now ? [this.#dialect.stopReplication(version, name)] : []),
      ...(goesOn ? [] : [this.#dialect.changeSource(statement, version)]),
      this.#dialect.startReplication(version, name),
    ].join('; ');
    const what = `follow ${formatAddress(request.source)}`;
    if (now) await this.#stopApplying(name, what, statements, call);
    else await this.#sessions.query('work', what, statements, call);
    await this.#awaitReceiver(name, request.source, call);
  }

  async stopChannel(name: string, call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    if (!(await this.channels(call)).some((channel) => channel.name === name)) return;
    await this.#stopApplying(name, 'stop a channel', this.#dialect.stopReplication(version, name), call);
  }

  async forget(name: string, call: Call): Promise<void> {
    const statement = this.#dialect.retireSource(await this.#sessions.version(call), name);
    await this.#stopApplying(name, 'forget a source', statement, call);
  }

  async retireSource(call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    for (const { name } of await this.channels(call)) {
      const statement = this.#dialect.retireSource(version, name);
      await this.#stopApplying(name, 'forget the source', statement, call);
    }
  }

  async channels(call: Call): Promise<readonly ReplicationChannel[]> {
    const version = await this.#sessions.version(call);
    const sql = this.#dialect.channels(version);
    const [rows = []] = await this.#sessions.query('work', 'read replication', sql, call);
    return this.#dialect.readChannels(rows);
  }

  /** START only asks for it: what becomes of it is to be seen in the status. */
  async #awaitReceiver(name: string, source: Address, call: Call): Promise<void> {
    const clock = this.#context.clock;
    const began = clock.monotonic();
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      const channel = (await this.channels(call)).find((each) => each.name === name);
      if (channel && follows(channel, source)) return;
      const error = channel?.applierError ?? channel?.receiverError;
      const spent = clock.monotonic() - began;
      if ((error && hopeless.has(error.code)) || channel?.applierError || spent + pauseMs > call.deadlineMs) {
        throw new Fault(
          'replication-broken',
          `${formatAddress(this.#sessions.address)}: does not follow ${formatAddress(source)}: ${error ? `${error.code} ${error.message}` : 'its receiver does not run'}`,
        );
      }
      await clock.sleep(pauseMs, call.signal);
    }
  }
}

function follows(channel: ReplicationChannel, source: Address): boolean {
  return (
    sameAddress(channel.source, source) && channel.receiver === 'running' && channel.applier === 'running'
  );
}
