/** The event stream over a real connection: inject has none that could break. */
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sampleOperation } from '../../contract/samples.ts';
import { createRestApi } from './create-rest-api.ts';
import { SampleControlPlane } from './sample-control-plane.ts';

const token = 'a-token-for-the-tests';
const heartbeatMs = 40;
let control: SampleControlPlane;
let app: ReturnType<typeof createRestApi>;

beforeEach(async () => {
  control = new SampleControlPlane();
  app = createRestApi({ control, token, log: pino({ level: 'silent' }), heartbeatMs });
  await app.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await app.close();
});

interface Connection {
  /** Reads until the text has come, and returns everything read so far. */
  readUntil(text: string): Promise<string>;
  /** Undefined when the server has ended the stream. */
  readonly ended: () => Promise<boolean>;
  leave(): void;
}

async function connect(query = '', headers: Record<string, string> = {}): Promise<Connection> {
  const { port } = app.server.address() as AddressInfo;
  const leaving = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/v1/events${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(3000)]),
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new TypeError('no body');
  let text = '';
  return {
    readUntil: async (wanted) => {
      while (!text.includes(wanted)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`ended before ${JSON.stringify(wanted)}: ${text}`);
        text += value;
      }
      return text;
    },
    ended: async () => {
      for (;;) {
        const result = await reader.read().catch(() => ({ done: true }));
        if (result.done) return true;
      }
    },
    leave: () => leaving.abort(),
  };
}

test('an event comes with its kind, and its revision as the id', async () => {
  const connection = await connect();
  control.finish(sampleOperation());
  const text = await connection.readUntil('"op-7"');
  const data = JSON.stringify({ kind: 'operation', revision: 1, operation: sampleOperation() });
  expect(await connection.readUntil('}\n\n')).toContain(`id: 1\nevent: operation\ndata: ${data}\n\n`);
  expect(text).toMatch(/^retry: 1000\n\n/);
});

test.each([
  ['', { 'last-event-id': '1' }],
  ['?after=1', {}],
  ['?after=0', { 'last-event-id': '1' }],
])('a connection %s %j goes on after the first event', async (query, headers) => {
  control.write({ event: 'step-started', step: 'one' }, { event: 'step-started', step: 'two' });
  const connection = await connect(query, headers);
  const text = await connection.readUntil('id: 2');
  expect(text).not.toContain('id: 1\n');
});

test('an idle stream says that it is alive', async () => {
  const connection = await connect();
  await connection.readUntil(': still here\n\n: still here\n\n');
});

test('a stream of one operation begins only when there is such an operation', async () => {
  const { port } = app.server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/events?operation=nope`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(3000),
  });
  expect(answer.status).toBe(404);
  const connection = await connect('?operation=op-7');
  control.write({ event: 'step-started', step: 'one' });
  await connection.readUntil('id: 1');
});

test('nothing is left behind when clients go away', async () => {
  const connections = await Promise.all(Array.from({ length: 5 }, () => connect()));
  await vi.waitFor(() => expect(control.openStreams).toBe(5));
  for (const connection of connections) connection.leave();
  await vi.waitFor(() => expect(control.openStreams).toBe(0), { timeout: 2000 });
});

test('closing the server ends its streams at once', async () => {
  const connection = await connect();
  await vi.waitFor(() => expect(control.openStreams).toBe(1));
  const started = performance.now();
  await app.close();
  expect(await connection.ended()).toBe(true);
  expect(control.openStreams).toBe(0);
  expect(performance.now() - started).toBeLessThan(1000);
});

test('a source that fails ends the stream, so that the client comes back', async () => {
  const connection = await connect();
  await vi.waitFor(() => expect(control.openStreams).toBe(1));
  control.fail(new Error('the store is gone'));
  expect(await connection.ended()).toBe(true);
  await vi.waitFor(() => expect(control.openStreams).toBe(0));
});

test('an id that is no revision is refused', async () => {
  const answer = await app.inject({
    url: '/v1/events',
    headers: { authorization: `Bearer ${token}`, 'last-event-id': 'abc' },
  });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toHaveProperty('error.details.field', 'last-event-id');
});
