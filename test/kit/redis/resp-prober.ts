/**
 * One connection, no client library: nothing is sent twice, nothing is sent elsewhere, nobody waits before asking
 * again. Error replies are values; only a connection that is lost or silent throws, and it is closed by that.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Address } from '../../../src/core/identity.ts';
import { within } from '../deadline.ts';
import { encodeCommand, ReplyReader, RespError, type RespReply } from './resp-reply.ts';

export interface RespTarget {
  readonly address: Address;
  /** Of the default user. */
  readonly password?: string;
  /** The certificate authority, PEM: speaks TLS when it is given. Whose name is in the certificate is not looked at. */
  readonly ca?: string;
}

interface Waiting {
  readonly resolve: (reply: RespReply) => void;
  readonly reject: (reason: Error) => void;
}

export class RespProber implements Disposable {
  readonly address: Address;
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;

  private constructor(address: Address, socket: Socket) {
    this.address = address;
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error(`${where(address)}: the connection has ended`)));
  }

  /** Logs in when the target has a password; throws `RespError` when that is refused. */
  static async open(target: RespTarget, deadlineMs: number): Promise<RespProber> {
    const { address, ca } = target;
    const socket =
      ca === undefined
        ? connect({ ...address, noDelay: true })
        : connectTls({ ...address, ca, checkServerIdentity: () => undefined });
    const event = ca === undefined ? 'connect' : 'secureConnect';
    try {
      await within(`a connection to ${where(address)}`, deadlineMs, once(socket, event));
    } catch (thrown) {
      // What the attempt says after this is nobody's concern, yet unheard it would end the process.
      socket.on('error', () => undefined);
      socket.destroy();
      throw thrown;
    }
    const prober = new RespProber(address, socket.setNoDelay(true));
    if (target.password !== undefined) await prober.#logIn(target.password, deadlineMs);
    return prober;
  }

  get closed(): boolean {
    return this.#ended !== undefined;
  }

  /** Throws, and closes, when there is no reply within the deadline: a late one would answer the next command. */
  async call(words: readonly string[], deadlineMs: number): Promise<RespReply> {
    const [reply] = await this.pipeline([words], deadlineMs);
    return reply ?? null;
  }

  /** All are sent at once; as many replies, in the same order. */
  async pipeline(
    commands: readonly (readonly string[])[],
    deadlineMs: number,
  ): Promise<readonly RespReply[]> {
    if (this.#ended !== undefined) throw this.#ended;
    const replies = commands.map(() => {
      const { promise, resolve, reject } = Promise.withResolvers<RespReply>();
      this.#waiting.push({ resolve, reject });
      return promise;
    });
    this.#socket.write(commands.map(encodeCommand).join(''));
    const what = `${where(this.address)}: ${commands[0]?.slice(0, 3).join(' ')}`;
    try {
      return await within(what, deadlineMs, Promise.all(replies));
    } catch (thrown) {
      this.#end(thrown instanceof Error ? thrown : new Error(String(thrown)));
      throw thrown;
    }
  }

  close(): void {
    this.#end(new Error(`${where(this.address)}: closed`));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #logIn(password: string, deadlineMs: number): Promise<void> {
    const reply = await this.call(['AUTH', password], deadlineMs);
    if (!(reply instanceof RespError)) return;
    this.close();
    throw reply;
  }

  #take(chunk: Buffer): void {
    try {
      for (const reply of this.#reader.take(chunk)) this.#waiting.shift()?.resolve(reply);
    } catch (thrown) {
      this.#end(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}

function where({ host, port }: Address): string {
  return `${host}:${port}`;
}
