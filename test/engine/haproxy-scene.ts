/** Around a HAProxy under test: servers that say who they are, clients that listen, and the proxy between them. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../src/core/identity.ts';
import type { HaproxySettings } from '../../src/core/policy.ts';
import { parseReply } from '../../src/routes/haproxy/reply.ts';
import { ask } from '../../src/routes/haproxy/runtime-api.ts';
import { Child } from '../kit/child.ts';
import { until, within } from '../kit/deadline.ts';
import type { WorkFolder } from '../kit/folder.ts';
import { freePort, loopbackHost } from '../kit/ports.ts';

/** Long enough for HAProxy to have done what it must not do. */
const QUIET_MS = 150;
/** What a client of a route that is not held waits for at most. */
const SOON_MS = 2000;

/** Says its name, then repeats what it is told with its name before it. */
export class EchoServer {
  readonly address: Address;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(name: string, address: Address) {
    this.address = address;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('data', (chunk) => socket.write(`${name} ${chunk.toString()}`));
      socket.write(`${name} greets\n`);
    });
  }

  static async start(name: string): Promise<EchoServer> {
    const echo = new EchoServer(name, { host: loopbackHost(0), port: await freePort(loopbackHost(0)) });
    echo.#server.listen(echo.address);
    await once(echo.#server, 'listening');
    return echo;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

export class Client {
  readonly #socket: Socket;
  readonly #lines: string[] = [];
  closed = false;

  constructor(address: Address) {
    this.#socket = connect(address);
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      this.closed = true;
    });
    this.#socket.on('data', (chunk) => this.#lines.push(...chunk.toString().trim().split('\n')));
  }

  line(): Promise<string> {
    return until('a line', { deadlineMs: SOON_MS, everyMs: 2 }, async () => {
      if (this.closed) throw new Error('closed');
      return this.#lines.shift();
    });
  }

  async asks(text: string): Promise<string> {
    this.#socket.write(`${text}\n`);
    return this.line();
  }

  async isQuiet(): Promise<boolean> {
    await sleep(QUIET_MS);
    return this.#lines.length === 0 && !this.closed;
  }

  async closes(): Promise<void> {
    await until('the connection to be cut', { deadlineMs: SOON_MS, everyMs: 2 }, async () => this.closed);
  }

  leave(): void {
    this.#socket.destroy();
  }
}

export class HaproxyScene {
  readonly settings: HaproxySettings;
  readonly address: Address;
  /** `host:port` of the runtime API, which `settings` reach by its unix socket. */
  readonly tcpSocket: string;
  readonly child: Child;

  constructor(settings: HaproxySettings, address: Address, tcpSocket: string, child: Child) {
    this.settings = settings;
    this.address = address;
    this.tcpSocket = tcpSocket;
    this.child = child;
  }

  static async start(program: string, folder: WorkFolder, target: Address): Promise<HaproxyScene> {
    const host = loopbackHost(0);
    const address = { host, port: await freePort(host) };
    const tcpSocket = `${host}:${await freePort(host)}`;
    const socket = folder.file(`h${address.port}.sock`);
    const file = folder.file(`h${address.port}.cfg`);
    await writeFile(
      file,
      `global
  maxconn 500
  stats socket ${socket} mode 600 level admin
  stats socket ipv4@${tcpSocket} level admin
  stats timeout 1m
defaults
  mode tcp
  timeout connect 2s
  timeout queue 30s
  timeout client 1h
  timeout server 1h
frontend orders
  bind ${address.host}:${address.port}
  maxconn 77
  default_backend orders
backend orders
  server primary ${target.host}:${target.port} maxconn 66
backend checked
  server primary ${target.host}:${target.port} check inter 1h fall 1
  server follower ${target.host}:${target.port} track checked/primary
`,
    );
    const args = ['-db', '-f', file];
    const child = await Child.start({ name: 'haproxy', command: program, args, logFile: `${file}.log` });
    const settings = {
      name: 'orders-rw',
      kind: 'haproxy',
      socket,
      backend: 'orders',
      server: 'primary',
    } as const;
    const proxy = new HaproxyScene({ ...settings, frontend: 'orders' }, address, tcpSocket, child);
    await until('haproxy to be ready', { deadlineMs: 10_000 }, async () => {
      if (child.exit) throw new Error(await child.logTail());
      return proxy.tell('show info').then(
        () => true,
        () => false,
      );
    });
    return proxy;
  }

  tell(command: string): Promise<string> {
    return within(command, 2000, ask(this.settings.socket, [command], new AbortController().signal));
  }

  /** The limits now: of the frontend and of the slot. */
  async limits(): Promise<readonly (string | undefined)[]> {
    const { statistics } = parseReply(await this.tell('show stat -1 5 -1'));
    const find = (server: string) =>
      statistics.find((row) => row.get('pxname') === 'orders' && row.get('svname') === server);
    return [find('FRONTEND')?.get('slim'), find('primary')?.get('slim')];
  }
}
