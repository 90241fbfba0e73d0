/** The following side of a hand-over on one server: wait for a position, stop, follow, forget a source. */

import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { EngineContext, FollowRequest } from '../../core/engine.ts';
import { type Address, formatAddress, sameAddress } from '../../core/identity.ts';
import type { ReplicationChannel } from '../../core/observation.ts';
import type { Position } from '../../core/positions.ts';
import type { Dialect } from './dialect.ts';
import { readPosition, text } from './rows.ts';
import type { Sessions } from './sessions.ts';

/** A receiver that cannot connect may still do so; these it never gets over by itself. ER_MASTER_FATAL_ERROR_READING_BINLOG and its kin. */
const hopeless = new Set([1236, 1593, 13114, 13117]);

export class Replication {
  readonly #dialect: Dialect;
  readonly #sessions: Sessions;
  readonly #context: EngineContext;

  constructor(dialect: Dialect, sessions: Sessions, context: EngineContext) {
    this.#dialect = dialect;
    this.#sessions = sessions;
    this.#context = context;
  }

  async position(call: Call): Promise<Position> {
    const version = await this.#sessions.version(call);
    const [rows] = await this.#sessions.query(
      'work',
      'read the position',
      this.#dialect.position(version),
      call,
    );
    return readPosition(rows?.[0], this.#sessions.address);
  }

  async awaitPosition(wanted: Position, call: Call): Promise<void> {
    // The server gives up a little earlier than we do, so that its connection stays of use.
    const seconds = Math.max(call.deadlineMs - 50, 1) / 1000;
    const sql = this.#dialect.awaitPosition(wanted, seconds);
    const [rows] = await this.#sessions.query('work', 'wait for the position', sql, call);
    if (text(rows?.[0], 'outcome') !== '0') {
      throw new Fault(
        'position-not-reached',
        `${formatAddress(this.#sessions.address)}: did not apply ${this.#dialect.positions.brief(wanted)} within ${call.deadlineMs} ms`,
      );
    }
  }

  async stop(call: Call): Promise<Position> {
    const version = await this.#sessions.version(call);
    for (const channel of await this.#channels(call)) {
      await this.#sessions.query(
        'work',
        'stop replication',
        this.#dialect.stopReplication(version, channel.name),
        call,
      );
    }
    return this.position(call);
  }

  async follow(request: FollowRequest, call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    const name = request.settings.channel ?? '';
    const now = (await this.#channels(call)).find((channel) => channel.name === name);
    if (now && follows(now, request.source)) return;
    const account = this.#context.replication ?? this.#context.admin;
    const statements = [
      ...(now ? [this.#dialect.stopReplication(version, name)] : []),
      this.#dialect.changeSource({ source: request.source, settings: request.settings, account }, version),
      this.#dialect.startReplication(version, name),
    ];
    await this.#sessions.query(
      'work',
      `follow ${formatAddress(request.source)}`,
      statements.join('; '),
      call,
    );
    await this.#awaitReceiver(name, request.source, call);
  }

  async retireSource(call: Call): Promise<void> {
    const version = await this.#sessions.version(call);
    for (const { name } of await this.#channels(call)) {
      await this.#sessions.query(
        'work',
        'forget the source',
        this.#dialect.retireSource(version, name),
        call,
      );
    }
  }

  async #channels(call: Call): Promise<readonly ReplicationChannel[]> {
    const version = await this.#sessions.version(call);
    const [rows = []] = await this.#sessions.query(
      'work',
      'read replication',
      this.#dialect.channels(version),
      call,
    );
    return this.#dialect.readChannels(rows);
  }

  /** START only asks for it: what becomes of it is to be seen in the status. */
  async #awaitReceiver(name: string, source: Address, call: Call): Promise<void> {
    const clock = this.#context.clock;
    const began = clock.monotonic();
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      const channel = (await this.#channels(call)).find((each) => each.name === name);
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
