import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Fault } from '../contract/errors.ts';
import type { Call, Clock } from '../core/clock.ts';
import { clusterName, serverId } from '../core/identity.ts';
import { httpPeer } from './http-peer.ts';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => pause(ms, undefined, signal ? { signal } : {}),
};
const host = '127.0.0.1';
const call: Call = { signal: new AbortController().signal, deadlineMs: 5000 };
const question = { cluster: clusterName('or/ders'), server: serverId('db1'), lookMs: 700 };

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
  /** Of the connection it came over. */
  readonly port: number | undefined;
}

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A controller's API that answers `reply`; and what it heard. */
async function serve(reply: (response: ServerResponse) => void, path = '') {
  const heard: Heard[] = [];
  const server: Server = createServer((request, response) => {
    const { method, url, headers, socket } = request;
    void text(request).then((body) => {
      heard.push({ method, url, authorization: headers.authorization, body, port: socket.remotePort });
      reply(response);
    });
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen({ host, port: 0 }, resolve);
  await listening;
  const { port } = server.address() as AddressInfo;
  const peer = httpPeer({ name: 'west', url: `http://${host}:${port}${path}`, token: 'secret' }, clock);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  opened.push(close, () => peer.close());
  return { peer, heard, close, url: `http://${host}:${port}${path}` };
}

const json = (status: number, body: object) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

async function faultOf(asked: Promise<unknown>): Promise<Fault> {
  const thrown: unknown = await asked.then(() => undefined).catch((each: unknown) => each);
  if (!(thrown instanceof Fault)) throw new Error(`no fault: ${String(thrown)}`);
  return thrown;
}

const view = { controller: 'west/1', says: 'gone', fact: 'connection refused' } as const;

test('asks for a look, with the token, and tells what was answered', async () => {
  const { peer, heard } = await serve(json(200, view), '/west');
  expect(await peer.look(question, call)).toEqual(view);
  expect(heard[0]).toMatchObject({
    method: 'POST',
    url: '/west/v1/clusters/or%2Fders/witness',
    authorization: 'Bearer secret',
    body: JSON.stringify({ server: 'db1', deadlineMs: 700 }),
  });
});

test('is told which clusters it watches', async () => {
  const greeting = { controller: 'west/1', clusters: ['orders', 'carts'] };
  const { peer } = await serve(json(200, greeting));
  expect(await peer.greet(call)).toEqual(greeting);
});

test('keeps its connections open', async () => {
  const { peer, heard } = await serve(json(200, { controller: 'west/1' }));
  for (let time = 0; time < 12; time += 1) expect(await peer.greet(call)).toEqual({ controller: 'west/1' });
  expect(new Set(heard.map(({ port }) => port)).size).toBeLessThanOrEqual(4);
});

test.each([
  ['an answer that is none of the API', json(200, { status: 'ok' }), 'controller-unreachable'],
  [
    'a proxy’s page',
    (response: ServerResponse) => response.writeHead(502).end('<html>'),
    'controller-unreachable',
  ],
  ['a connection that breaks', (response: ServerResponse) => response.destroy(), 'controller-unreachable'],
  [
    'a refused token',
    json(401, { error: { code: 'unauthorized', message: 'the token is wrong' } }),
    'unauthorized',
  ],
] as const)('%s is a fault', async (_what, reply, code) => {
  const { peer, url } = await serve((response) => void reply(response));
  const fault = await faultOf(peer.greet(call));
  expect(fault.code).toBe(code);
  expect(fault.message).toContain(url);
});

test('an answer without an end is given up, and is a fault', async () => {
  const flood = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const chunk = ' '.repeat(16 * 1024);
    const pour = (): void => {
      if (response.destroyed) return;
      response.write(chunk, pour);
    };
    pour();
  };
  const { peer, url } = await serve(flood);
  const fault = await faultOf(peer.greet(call));
  expect(fault).toMatchObject({ code: 'controller-unreachable' });
  expect(fault.message).toContain(url);
});

test('nobody there is a fault, and it is asked again afterwards', async () => {
  const { peer, close } = await serve(json(200, { controller: 'west/1' }));
  await close();
  expect((await faultOf(peer.greet(call))).code).toBe('controller-unreachable');
});

test('a silence ends at the deadline, and with the caller’s signal', async () => {
  const { peer } = await serve(() => undefined);
  await expect(peer.greet({ ...call, deadlineMs: 50 })).rejects.toThrow('no answer within 50 ms');
  const waiting = new AbortController();
  const asked = peer.greet({ ...call, signal: waiting.signal });
  waiting.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
});
