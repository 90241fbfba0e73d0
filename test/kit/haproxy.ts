/** A real HAProxy in front of a cluster: one frontend, one backend, one server slot that is moved by its runtime API. */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Address } from '../../src/core/identity.ts';
import { Child } from './child.ts';
import { until, within } from './deadline.ts';
import { freePort, loopbackHost } from './ports.ts';

export interface HaproxyOptions {
  /** Its own folder is made by the caller; the configuration and the socket go there. */
  readonly folder: string;
  /** Where clients are sent at the beginning. */
  readonly target: Address;
  readonly host?: string;
  /** Of the frontend and the backend. */
  readonly name?: string;
}

const READY_MS = 10_000;
const ANSWER_MS = 2000;

export class Haproxy implements AsyncDisposable {
  /** Where clients connect. */
  readonly address: Address;
  readonly name: string;
  /** Path of the runtime API's unix socket, level admin. */
  readonly socket: string;
  /** The server slot in the backend. */
  readonly slot = 'primary';
  readonly #folder: string;
  #child: Child | undefined;

  private constructor(options: HaproxyOptions, address: Address) {
    this.address = address;
    this.name = options.name ?? 'orders-rw';
    this.socket = `${options.folder}/haproxy.sock`;
    this.#folder = options.folder;
  }

  static async start(options: HaproxyOptions): Promise<Haproxy> {
    const host = options.host ?? loopbackHost(0);
    const proxy = new Haproxy(options, { host, port: await freePort(host) });
    await writeFile(`${options.folder}/haproxy.cfg`, proxy.#configuration(options.target));
    await proxy.restart();
    return proxy;
  }

  get pid(): number {
    if (this.#child === undefined) throw new Error('haproxy was not started');
    return this.#child.pid;
  }

  /** Starts it again from its configuration: the slot points at the first target, as after any real restart. */
  async restart(): Promise<void> {
    await this.stop();
    const child = await Child.start({
      name: 'haproxy',
      command: '/usr/sbin/haproxy',
      args: ['-db', '-f', `${this.#folder}/haproxy.cfg`],
      logFile: `${this.#folder}/haproxy.log`,
    });
    this.#child = child;
    try {
      await until('haproxy to be ready', { deadlineMs: READY_MS, everyMs: 10 }, async () => {
        if (child.exit !== undefined) throw new Error('haproxy ended while it was starting');
        return accepts(this.socket);
      });
    } catch (thrown) {
      await child[Symbol.asyncDispose]();
      throw new Error(`${String(thrown)}\n${await child.logTail()}`, { cause: thrown });
    }
  }

  /** Says one line to the runtime API; gives what it answers. */
  async command(line: string): Promise<string> {
    const socket = connect({ path: this.socket });
    try {
      socket.end(`${line}\n`);
      return (await within(`haproxy's answer to "${line}"`, ANSWER_MS, text(socket))).trim();
    } finally {
      socket.destroy();
    }
  }

  async stop(): Promise<void> {
    await this.#child?.stop({ graceMs: 5000 });
  }

  async kill(): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }

  async pause(): Promise<void> {
    await this.#child?.pause();
  }

  resume(): void {
    this.#child?.resume();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #configuration(target: Address): string {
    return `global
  stats socket ${this.socket} level admin mode 600
  stats timeout 10m
  maxconn 2000

defaults
  mode tcp
  timeout connect 2s
  timeout queue 30s
  timeout client 1h
  timeout server 1h

frontend ${this.name}
  bind ${this.address.host}:${this.address.port}
  default_backend ${this.name}

backend ${this.name}
  server ${this.slot} ${target.host}:${target.port}
`;
  }
}

export function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  return Haproxy.start(options);
}

function accepts(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ path });
  socket.once('connect', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', () => resolve(false));
  return promise;
}
