/** The server over real connections, without a client library: what those do is tested in test/api. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SentinelSettings } from '../../control/configuration/sentinel-schema.ts';
import { systemClock } from '../../control/system-clock.ts';
import { makeAuthority } from '../../hosts/certificates/authority.ts';
import { SampleView, samplePrimary } from './sample-view.ts';
import { listenSentinel, type SentinelServer } from './sentinel-server.ts';

const note = () => vi.fn<(fields: object, event: string) => void>();
const log = { debug: note(), info: note(), warn: note(), error: note() };
const db1 = { host: '10.0.0.1', port: 6379 };
const db2 = { host: '10.0.0.2', port: 6379 };
let view: SampleView;
let server: SentinelServer;
let sockets: Socket[];

beforeEach(() => {
  vi.clearAllMocks();
  sockets = [];
  view = new SampleView([samplePrimary('orders', [db1, db2])]);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

async function serve(changes: Partial<SentinelSettings> = {}): Promise<void> {
  const settings = { host: '127.0.0.1', port: 0, others: [], maxClients: 10, lookupHoldMs: 1000, ...changes };
  server = await listenSentinel({ settings, view, clock: systemClock, log });
}

interface Peer {
  readonly socket: Socket;
  text: string;
  ended: boolean;
}

function watch(socket: Socket): Peer {
  const peer: Peer = { socket, text: '', ended: false };
  sockets.push(socket);
  socket.on('data', (chunk) => {
    peer.text += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    peer.ended = true;
  });
  return peer;
}

function open(text = ''): Peer {
  const peer = watch(connect(server.address));
  if (text !== '') peer.socket.write(text);
  return peer;
}

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8000, interval: 5 });

test('commands that come at once are answered in their order, and QUIT ends the connection', async () => {
  await serve();
  const peer = open('PING\r\nSENTINEL get-master-addr-by-name orders\r\nPING x\r\nQUIT\r\nPING\r\n');
  await soon(() => expect(peer.ended).toBe(true));
  expect(peer.text).toBe('+PONG\r\n*2\r\n$8\r\n10.0.0.1\r\n$4\r\n6379\r\n$1\r\nx\r\n+OK\r\n');
});

test('a broken request is answered, and the connection ends', async () => {
  await serve();
  const peer = open('PING\r\n*1\r\n+foo\r\nPING\r\n');
  await soon(() => expect(peer.ended).toBe(true));
  expect(peer.text).toBe("+PONG\r\n-ERR Protocol error: expected '$', got '+'\r\n");
});

test('what a browser sends is not answered', async () => {
  await serve();
  const peer = open('POST / HTTP/1.1\r\nHost: x\r\n\r\nSENTINEL FAILOVER orders\r\n');
  await soon(() => expect(peer.ended).toBe(true));
  expect(peer.text).toBe('');
  expect(view.asked).toEqual([]);
});

test('a switch is published to who has subscribed, in the order that clients need', async () => {
  await serve();
  const [plain, patterns, other] = [
    open('SUBSCRIBE +switch-master\r\n'),
    open('HELLO 3\r\nPSUBSCRIBE *\r\n'),
    open('PING\r\n'),
  ];
  await soon(() => {
    expect(plain.text).toContain(':1\r\n');
    expect(patterns.text).toContain('psubscribe');
    expect(other.text).toBe('+PONG\r\n');
  });
  plain.text = '';
  patterns.text = '';
  view.set(samplePrimary('orders', [db2, db1]));
  await soon(() => expect(patterns.text).toContain('+slave'));
  expect(plain.text).toBe(
    '*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$35\r\norders 10.0.0.1 6379 10.0.0.2 6379\r\n'.replace(
      '$35',
      '$34',
    ),
  );
  expect(patterns.text).toBe(
    '>4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$14\r\n+switch-master\r\n$34\r\norders 10.0.0.1 6379 10.0.0.2 6379\r\n' +
      '>4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$6\r\n+slave\r\n$56\r\nslave 10.0.0.1:6379 10.0.0.1 6379 @ orders 10.0.0.2 6379\r\n',
  );
  expect(other.text).toBe('+PONG\r\n');
});

test('ioredis is not told of a switch while it looks for the primary: that would end it for good', async () => {
  await serve();
  const subscribe = 'SUBSCRIBE +switch-master\r\n';
  const ioredis = open(`CLIENT SETINFO LIB-NAME ioredis\r\n${subscribe}`);
  await soon(() => expect(ioredis.text).toContain('subscribe'));
  view.set(samplePrimary('orders', [db2, db1]));
  await soon(() => expect(ioredis.text).toContain('orders 10.0.0.1 6379 10.0.0.2 6379'));
  const looking = open('PING\r\n');
  const other = open(subscribe);
  await soon(() => expect([looking.text, other.text].join()).toContain('subscribe'));
  view.set(samplePrimary('orders', [db1, db2]));
  await soon(() => expect(other.text).toContain('orders 10.0.0.2 6379 10.0.0.1 6379'));
  expect(ioredis.text).not.toContain('orders 10.0.0.2 6379 10.0.0.1 6379');
  await soon(() => expect(ioredis.text).toContain('orders 10.0.0.2 6379 10.0.0.1 6379'));
});

test('without the password nothing is told, and nothing is published', async () => {
  await serve({ account: { user: 'default', password: 'secret' } });
  const stranger = open('SUBSCRIBE +switch-master\r\n');
  const friend = open('AUTH secret\r\nSUBSCRIBE +switch-master\r\n');
  await soon(() => expect(friend.text).toContain('subscribe'));
  view.set(samplePrimary('orders', [db2, db1]));
  await soon(() => expect(friend.text).toContain('orders 10.0.0.1 6379 10.0.0.2 6379'));
  expect(stranger.text).toBe('-NOAUTH Authentication required.\r\n');
});

test('more clients than may be are refused; when one leaves, there is room', async () => {
  await serve({ maxClients: 2 });
  const first = open('PING\r\n');
  const second = open('PING\r\n');
  await soon(() => expect(first.text + second.text).toBe('+PONG\r\n+PONG\r\n'));
  const third = open();
  await soon(() =>
    expect(third).toMatchObject({ text: '-ERR max number of clients reached\r\n', ended: true }),
  );
  first.socket.destroy();
  const later: Peer[] = [];
  await soon(() => {
    later.push(open('PING\r\n'));
    expect(later.map(({ text }) => text)).toContain('+PONG\r\n');
  });
});

test('a client that does not read is cut off before it costs much', async () => {
  await serve();
  const peer = open('PSUBSCRIBE *\r\n');
  await soon(() => expect(peer.text).toContain('psubscribe'));
  peer.socket.pause();
  const long = 'x'.repeat(50_000);
  // The kernel takes a few megabytes for itself.
  for (let n = 0; n < 2000 && log.warn.mock.calls.length === 0; n++) {
    view.set(samplePrimary(`${long}${n}`, [db1]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(log.warn).toHaveBeenCalledWith(expect.anything(), 'sentinel.client.too-slow');
  peer.socket.resume();
  await soon(() => expect(peer.ended).toBe(true));
});

test('a client that asks faster than it reads is not read from, and loses nothing', async () => {
  await serve();
  const peer = open();
  const asked = 20_000;
  let bytes = 0;
  peer.socket.removeAllListeners('data');
  peer.socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  peer.socket.pause();
  peer.socket.write('SENTINEL MASTERS\r\n'.repeat(asked));
  await new Promise((resolve) => setTimeout(resolve, 200));
  peer.socket.write('QUIT\r\n');
  peer.socket.resume();
  await soon(() => expect(peer.ended).toBe(true));
  expect(log.warn).not.toHaveBeenCalled();
  const one = open('SENTINEL MASTERS\r\nQUIT\r\n');
  await soon(() => expect(one.ended).toBe(true));
  expect(bytes).toBe((one.text.length - '+OK\r\n'.length) * asked + '+OK\r\n'.length);
});

test('closing ends idle clients and held questions, and frees the port', async () => {
  await serve();
  view.set(samplePrimary('orders', [db1], { handingOver: true }));
  const idle = open('PING\r\n');
  const held = open('SENTINEL MASTER orders\r\n');
  await soon(() => expect(idle.text).toBe('+PONG\r\n'));
  await soon(() => expect(view.listeners).toBe(2));
  await server.close();
  await soon(() => expect([idle.ended, held.ended, view.listeners]).toEqual([true, true, 0]));
  await server.close();
});

test('a port that is taken is told', async () => {
  await serve();
  const again = { ...server.address, others: [], maxClients: 10, lookupHoldMs: 1000 };
  await expect(listenSentinel({ settings: again, view, clock: systemClock, log })).rejects.toThrow(
    'EADDRINUSE',
  );
});

async function tlsSettings(clientAuthorities = false) {
  const authority = await makeAuthority(Date.now());
  const identity = (role: 'agent' | 'controller') =>
    authority.identity({ role, hosts: ['127.0.0.1'] }, Date.now());
  const { certificate, key } = await identity('agent');
  const client = await identity('controller');
  const tls = {
    certificate,
    key,
    ...(clientAuthorities ? { clientAuthorities: authority.certificate } : {}),
  };
  return { ca: authority.certificate, client, tls };
}

test('TLS: who speaks it is answered, who does not is not', async () => {
  const { ca, tls } = await tlsSettings();
  await serve({ tls });
  const secure = watch(connectTls({ ...server.address, ca }));
  secure.socket.write('PING\r\n');
  await soon(() => expect(secure.text).toBe('+PONG\r\n'));
  const plain = open('PING\r\n');
  await soon(() => expect(plain.ended).toBe(true));
  expect(plain.text).not.toContain('PONG');
});

test('TLS: a certificate of the client where one is asked for', async () => {
  const { ca, client, tls } = await tlsSettings(true);
  await serve({ tls });
  const without = watch(connectTls({ ...server.address, ca }));
  without.socket.write('PING\r\n');
  const withOne = watch(connectTls({ ...server.address, ca, cert: client.certificate, key: client.key }));
  withOne.socket.write('PING\r\n');
  await soon(() => expect(withOne.text).toBe('+PONG\r\n'));
  await soon(() => expect(without.ended).toBe(true));
  expect(without.text).toBe('');
});

test('TLS: a handshake that never comes ends with the server, and counts as a client', async () => {
  const { tls } = await tlsSettings();
  await serve({ tls, maxClients: 1 });
  const silent = open();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const refused = open();
  await soon(() => expect(refused.ended).toBe(true));
  expect(silent.ended).toBe(false);
  await server.close();
  await soon(() => expect(silent.ended).toBe(true));
});
