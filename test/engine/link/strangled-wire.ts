/** A way to a server that lets through so many bytes of what it sends, and no more. */
import { createServer, type Server, Socket } from 'node:net';
import type { Address } from '../../../src/core/identity.ts';

export class StrangledWire implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #left = Number.POSITIVE_INFINITY;

  private constructor(to: Address) {
    this.#server = createServer((client) => this.#join(client, to));
  }

  static async to(address: Address): Promise<StrangledWire> {
    const wire = new StrangledWire(address);
    const { promise, resolve } = Promise.withResolvers<void>();
    wire.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return wire;
  }

  get address(): Address {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new Error('the wire is not up');
    return { host: bound.address, port: bound.port };
  }

  /** Nothing more gets through. */
  get full(): boolean {
    return this.#left <= 0;
  }

  /** So many more bytes. */
  allow(bytes: number): void {
    this.#left = bytes;
  }

  #join(client: Socket, to: Address): void {
    const server = new Socket().connect(to);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (data) => {
      const part = data.subarray(0, Math.max(0, this.#left));
      this.#left -= data.length;
      client.write(part);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}
