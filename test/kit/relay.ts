/**
 * A wire that can be cut: forwards connections to one address. Whoever is told the relay's address can be separated
 * from the server without anybody else noticing.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../../src/core/identity.ts';
import { freePort, loopbackHost } from './ports.ts';

/**
 * `silent`: nothing passes any more, new connections are taken and never answered, as by a firewall that swallows
 * packets. `refused`: connections are ended, new ones refused.
 */
export type CutKind = 'silent' | 'refused';

export class Relay implements AsyncDisposable {
  readonly address: Address;
  readonly #target: Address;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Connections that came while it was cut: they hear nothing, and end when it is mended. */
  readonly #mute = new Set<Socket>();
  #server: Server | undefined;
  #cut: CutKind | undefined;

  private constructor(address: Address, target: Address) {
    this.address = address;
    this.#target = target;
  }

  static async start(target: Address): Promise<Relay> {
    const host = loopbackHost(0);
    const relay = new Relay({ host, port: await freePort(host) }, target);
    await relay.#listen();
    return relay;
  }

  async cut(kind: CutKind): Promise<void> {
    this.#cut = kind;
    if (kind === 'refused') {
      await this.#close();
      return;
    }
    for (const pair of this.#pairs) for (const socket of pair) socket.unpipe().pause();
  }

  /** As after a cut in a network: what was under way is lost, new connections pass. */
  async mend(): Promise<void> {
    if (this.#cut === undefined) return;
    this.#cut = undefined;
    this.#endAll();
    if (this.#server === undefined) await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #take(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#cut !== undefined) {
      this.#mute.add(client);
      client.pause();
      return;
    }
    const server = connect({ ...this.#target, noDelay: true });
    server.on('error', () => undefined);
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    for (const socket of pair) {
      socket.once('close', () => {
        this.#pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
    client.setNoDelay(true).pipe(server).pipe(client);
  }

  #endAll(): void {
    for (const socket of [...this.#mute, ...[...this.#pairs].flat()]) socket.destroy();
    this.#mute.clear();
    this.#pairs.clear();
  }

  #listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const server = createServer((client) => this.#take(client));
    server.once('error', reject);
    server.listen({ ...this.address, exclusive: true }, resolve);
    this.#server = server;
    return promise;
  }

  #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (server === undefined) resolve();
    else server.close(() => resolve());
    this.#endAll();
    return promise;
  }
}

export function startRelay(target: Address): Promise<Relay> {
  return Relay.start(target);
}
