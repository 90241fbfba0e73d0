/** The Sentinel face: a TCP or TLS server that answers as Redis Sentinel does and publishes what changes. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { SentinelSettings, SentinelTls } from '../../control/configuration/sentinel-schema.ts';
import type { Log } from '../../control/log.ts';
import type { Clock } from '../../core/clock.ts';
import type { Address } from '../../core/identity.ts';
import { ClientConnection } from './client-connection.ts';
import type { Face } from './command-row.ts';
import { IoredisPatience } from './ioredis-patience.ts';
import { error } from './reply.ts';
import { encodeReply } from './resp-writer.ts';
import type { PrimaryView, SentinelView } from './sentinel-view.ts';
import { type Message, switchMessages } from './switch-messages.ts';

export interface SentinelServerOptions {
  readonly settings: SentinelSettings;
  readonly view: SentinelView;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SentinelServer extends AsyncDisposable {
  readonly address: Address;
  close(): Promise<void>;
}

/** A switchover is planned with a fresh look at every server, and the dead are waited for. */
const FAILOVER_ANSWER_MS = 30_000;
const HANDSHAKE_MS = 10_000;
/** The kernel asks an idle client whether it is still there: half-open connections do not pile up. */
const KEEP_ALIVE_MS = 60_000;

/** Resolves when it listens; rejects when it cannot. */
export async function listenSentinel(options: SentinelServerOptions): Promise<SentinelServer> {
  const server = new ListeningSentinel(options);
  await server.listen();
  return server;
}

class ListeningSentinel implements SentinelServer {
  readonly #options: SentinelServerOptions;
  readonly #clients = new Set<ClientConnection>();
  readonly #sockets = new Set<Socket>();
  readonly #patience = new IoredisPatience();
  readonly #server: Server;
  #face: Face | undefined;
  #published: readonly PrimaryView[] = [];
  #stopListening: () => void = () => undefined;
  #lastId = 0;

  constructor(options: SentinelServerOptions) {
    this.#options = options;
    const { tls } = options.settings;
    this.#server = tls === undefined ? createServer() : secured(tls);
    this.#server.on('connection', (socket) => this.#watch(socket));
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
      this.#take(socket),
    );
    // A handshake that failed is the client's affair.
    this.#server.on('tlsClientError', (err: Error) => options.log.debug({ err }, 'sentinel.tls.refused'));
  }

  async listen(): Promise<void> {
    const { settings, view } = this.#options;
    this.#server.listen({ host: settings.host, port: settings.port });
    await once(this.#server, 'listening');
    this.#server.on('error', (err) => this.#options.log.error({ err }, 'sentinel.listener.failed'));
    this.#face = this.#faceOf(settings);
    this.#published = view.primaries();
    this.#stopListening = view.onChange(() => this.#publish());
  }

  get address(): Address {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  async close(): Promise<void> {
    this.#stopListening();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const client of this.#clients) client.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #faceOf({ account, lookupHoldMs }: SentinelSettings): Face {
    const { view, clock, log } = this.#options;
    return {
      ...{ view, clock, log, lookupHoldMs },
      ...(account === undefined ? {} : { account }),
      port: this.address.port,
      startedAt: clock.now(),
      failoverAnswerMs: FAILOVER_ANSWER_MS,
      clients: () => [...this.#clients],
    };
  }

  /** Before a TLS handshake, too: those count against the limit and end with the server. */
  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', (err) => this.#options.log.debug({ err }, 'sentinel.socket.failed'));
    if (this.#sockets.size <= this.#options.settings.maxClients) return;
    this.#options.log.warn({ most: this.#options.settings.maxClients }, 'sentinel.clients.too-many');
    if (this.#options.settings.tls === undefined) {
      socket.end(encodeReply(error('ERR max number of clients reached'), 2));
    }
    socket.destroySoon();
  }

  #take(socket: Socket): void {
    if (this.#face === undefined || socket.destroyed || socket.writableEnded) return;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#lastId += 1;
    const client = new ClientConnection(socket, this.#face, this.#lastId);
    this.#clients.add(client);
    void client.serve().finally(() => {
      this.#clients.delete(client);
      this.#patience.left(client);
    });
  }

  #publish(): void {
    const before = this.#published;
    this.#published = this.#options.view.primaries();
    for (const message of switchMessages(before, this.#published)) this.#tell(message);
  }

  #tell(message: Message): void {
    this.#options.log.debug({ ...message }, 'sentinel.published');
    for (const client of this.#clients) {
      const delayMs = this.#patience.delayMs(client, message);
      if (delayMs === 0) client.publish(message);
      else void this.#publishLate(client, message, delayMs);
    }
  }

  async #publishLate(client: ClientConnection, message: Message, delayMs: number): Promise<void> {
    try {
      await this.#options.clock.sleep(delayMs, client.signal);
      client.publish(message);
    } catch {
      // It has left, and with it the reason.
    }
  }
}

function secured({ certificate, key, clientAuthorities }: SentinelTls): Server {
  return createTlsServer({
    cert: certificate,
    key,
    handshakeTimeout: HANDSHAKE_MS,
    ...(clientAuthorities === undefined
      ? {}
      : { ca: clientAuthorities, requestCert: true, rejectUnauthorized: true }),
  });
}
