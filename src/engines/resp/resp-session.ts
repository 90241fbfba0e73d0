/**
 * One connection to a Redis or Valkey server whose every wait is bounded. Against a hung server the client's own connect
 * outlasts its time-out (reference/stack.md 2.2), so the deadline is ours, and a connection whose answer was not waited
 * for is of no further use.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import type { Credentials } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { Command, Reply, RespConnection } from './resp-connection.ts';
import { isReplyError, translateRespError } from './resp-errors.ts';

export interface RespSessionParts {
  readonly clock: Clock;
  readonly credentials: Credentials;
  /** By which the server's operators, and later controllers, know it: CLIENT LIST. */
  readonly name: string;
}

interface Opened {
  readonly clock: Clock;
  readonly client: Redis;
  readonly socket: Socket;
  readonly id: number;
}

export class RespSession implements RespConnection {
  readonly #address: Address;
  readonly #clock: Clock;
  readonly #client: Redis;
  readonly #socket: Socket;
  readonly #remoteHost: string | undefined;
  readonly id: number;
  #closed = false;
  #waiting = 0;
  #unanswered = false;
  #listeners: (() => void)[] = [];

  private constructor(address: Address, { clock, client, socket, id }: Opened) {
    this.#address = address;
    this.#clock = clock;
    this.#client = client;
    this.#socket = socket;
    this.#remoteHost = socket.remoteAddress;
    this.id = id;
    client.on('close', () => this.#end());
    client.on('end', () => this.#end());
  }

  static async open(address: Address, parts: RespSessionParts, call: Call): Promise<RespSession> {
    const { clock, credentials, name } = parts;
    // The reason, which `connect` itself does not tell; and what nobody listens to ends the process.
    let reason: unknown;
    const note = (error: unknown): void => {
      reason ??= error;
    };
    const below = credentials.tls && connect({ ...address, noDelay: true }).on('error', note);
    const client = new Redis(clientOptions(address, credentials, below)).on('error', note);
    try {
      return await withDeadline(clock, call, 'connect', async () => {
        await client.connect();
        await client.call('CLIENT', 'SETNAME', name);
        const id = await client.call('CLIENT', 'ID');
        return new RespSession(address, { clock, client, socket: below ?? client.stream, id: Number(id) });
      });
    } catch (thrown) {
      reset(client, below);
      throw translateRespError(gaveUp(thrown, call) ? thrown : (reason ?? thrown), address, 'connect');
    }
  }

  get open(): boolean {
    return !this.#closed;
  }

  get unanswered(): boolean {
    return this.#unanswered;
  }

  get remoteHost(): string | undefined {
    return this.#remoteHost;
  }

  async send(what: string, commands: readonly Command[], call: Call): Promise<readonly Reply[]> {
    call.assertAllowed?.();
    if (this.#closed) {
      throw new Fault('connection-lost', `${what}: the connection was closed before it was sent`, {
        details: { sent: false },
      });
    }
    try {
      return await withDeadline(this.#clock, call, what, () => this.#send(commands));
    } catch (thrown) {
      const fault = translateRespError(thrown, this.#address, what);
      if (gaveUp(thrown, call)) this.#destroy();
      else if (!isReplyError(thrown)) this.#end();
      throw fault;
    }
  }

  async #send(commands: readonly Command[]): Promise<readonly Reply[]> {
    this.#waiting += 1;
    const answers = await Promise.allSettled(
      commands.map(([name, ...args]) => this.#client.call(name, ...args.map(String))),
    );
    const failed = answers.find((answer) => answer.status === 'rejected');
    // A lost connection is reported here as well; only the server's own errors are answers.
    if (!failed || isReplyError(failed.reason)) this.#waiting -= 1;
    if (failed) throw failed.reason;
    return answers.map((answer) => (answer.status === 'fulfilled' ? (answer.value as Reply) : null));
  }

  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The other side, or the way to it, has ended it. */
  #end(): void {
    const news = !this.#closed;
    this.#destroy();
    if (news) for (const listener of this.#listeners.splice(0)) listener();
  }

  #destroy(): void {
    if (this.#waiting > 0) this.#unanswered = true;
    if (this.#closed) return;
    this.#closed = true;
    reset(this.#client, this.#socket);
  }

  close(): void {
    this.#destroy();
  }
}

/** It is we who did not wait any longer. */
const gaveUp = (thrown: unknown, call: Call): boolean =>
  thrown instanceof DeadlineExceeded || call.signal.aborted;

/**
 * With a reset: what a plain end has not sent yet, the kernel goes on delivering, even after a partition. `socket`: the
 * one below TLS, which itself cannot be reset.
 */
function reset(client: Redis, socket: Partial<Socket> | undefined = client.stream): void {
  // What TLS makes of the reset, which the client does not listen to any more.
  const above = client.stream as Socket | undefined;
  above?.on('error', () => undefined);
  client.disconnect();
  socket?.resetAndDestroy?.();
}

function clientOptions(
  { host, port }: Address,
  { user, password, tls }: Credentials,
  below: Socket | undefined,
): RedisOptions & { replyMapping: 'legacy' } {
  return {
    host,
    port,
    ...(password === '' ? {} : { password, ...(user === 'default' ? {} : { username: user }) }),
    protocol: 2,
    replyMapping: 'legacy',
    lazyConnect: true,
    retryStrategy: () => null,
    reconnectOnError: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    ...(tls === undefined
      ? {}
      : {
          tls: {
            ...(below === undefined ? {} : { socket: below }),
            rejectUnauthorized: tls.verifyServer,
            ...(tls.caFile === undefined ? {} : { ca: readFileSync(tls.caFile) }),
          },
        }),
  };
}
