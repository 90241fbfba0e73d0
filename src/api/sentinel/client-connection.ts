/**
 * One client: its bytes become commands, run one after the other, and replies go out in their order. What it is sent
 * and what it may send ahead are bounded, so that a client that does not read costs no more than itself.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { DEFAULT_USER } from './access.ts';
import type { Client, Face } from './command-row.ts';
import { runCommand } from './commands.ts';
import { error, type Reply } from './reply.ts';
import { type Request, RespReader } from './resp-reader.ts';
import { encodeReply, type Protocol } from './resp-writer.ts';
import { Subscriptions } from './subscriptions.ts';
import type { Message } from './switch-messages.ts';

/** Of messages that the client has not read; all that a busy day publishes is far less. */
const MOST_UNREAD = 1024 * 1024;

export class ClientConnection implements Client {
  readonly id: number;
  readonly from: string;
  readonly at: string;
  readonly since: number;
  readonly face: Face;
  readonly subscriptions = new Subscriptions();
  protocol: Protocol = 2;
  name = '';
  library = '';
  user: string | undefined;
  readonly #socket: Socket;
  readonly #ended = new AbortController();
  readonly #reader = new RespReader(() => this.user !== undefined);

  constructor(socket: Socket, face: Face, id: number) {
    this.#socket = socket;
    this.face = face;
    this.id = id;
    this.from = `${socket.remoteAddress}:${socket.remotePort}`;
    this.at = `${socket.localAddress}:${socket.localPort}`;
    this.since = face.clock.now();
    this.user = face.account === undefined ? DEFAULT_USER : undefined;
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Until the connection has ended; never rejects. */
  async serve(): Promise<void> {
    this.#socket.once('close', () => this.#ended.abort());
    try {
      // A socket that is iterated is not read while a command runs: what is sent ahead waits at the sender.
      const chunks = this.#socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      for await (const chunk of chunks) {
        for (const request of this.#reader.read(chunk)) {
          if (!(await this.#answer(request))) return;
        }
      }
    } catch (thrown) {
      this.face.log.debug({ from: this.from, err: thrown }, 'sentinel.client.lost');
    } finally {
      this.#ended.abort();
      this.#socket.destroySoon();
    }
  }

  publish(message: Message): void {
    if (this.subscriptions.count > 0) this.#send(this.subscriptions.deliveries(message));
  }

  close(): void {
    this.#ended.abort();
    this.#socket.destroy();
  }

  /** False when nothing more is to be answered. */
  async #answer(request: Request): Promise<boolean> {
    if (request.kind === 'broken') {
      this.#send([error(`ERR Protocol error: ${request.text}`)]);
      return false;
    }
    const { replies, ends } = await runCommand(this, request.words);
    this.#send(replies);
    await this.#drained();
    return !ends && !this.#ended.signal.aborted;
  }

  /** Who asks faster than it reads is not read from any more; only messages come without being asked for. */
  async #drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain) return;
    await once(this.#socket, 'drain', { signal: this.#ended.signal }).catch(() => undefined);
  }

  #send(replies: readonly Reply[]): void {
    if (replies.length === 0 || this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(replies.map((reply) => encodeReply(reply, this.protocol)).join(''));
    if (this.#socket.writableLength <= MOST_UNREAD) return;
    this.face.log.warn({ from: this.from, name: this.name }, 'sentinel.client.too-slow');
    this.close();
  }
}
