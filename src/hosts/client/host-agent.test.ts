import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { HostAgent, Tail } from '../../core/host.ts';
import { position } from '../../core/positions.ts';
import { createAgentServer, tlsOptions } from '../agent/agent-server.ts';
import { makeAuthority } from '../certificates/authority.ts';
import type { Credentials } from '../certificates/credentials.ts';
import { hostAgent } from './host-agent.ts';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => pause(ms, undefined, signal ? { signal } : {}),
};
const call: Call = { signal: new AbortController().signal, deadlineMs: 5000 };
const log = pino({ level: 'silent' });
const host = '127.0.0.1';

const healthy: Omit<HostAgent, 'address'> = {
  state: async () => ({
    server: 'answers',
    disk: 'writes',
    fenced: false,
    startsReadOnly: false,
    canStartReadOnly: true,
    upMs: 1,
  }),
  fence: async () => ({ how: 'killed' }),
  unfence: async () => undefined,
  readTail: async ({ after }) => ({
    transactions: 1,
    names: '0-1-1',
    upTo: after,
    truncated: false,
    bytes: 6,
    statements: text('ä\u00ff', 'x\n', 'y'),
  }),
  readSurplus: async ({ after }) => ({
    transactions: 1,
    names: '0-1-1',
    upTo: after,
    newestAt: 1000,
    tables: ['app.writes'],
    statements: text('### ', 'ä'),
  }),
};

async function read(tail: Promise<Tail>): Promise<string> {
  let whole = '';
  for await (const chunk of (await tail).statements) whole += chunk;
  return whole;
}

async function* text(...chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const authority = await makeAuthority(Date.now());
const agentOf = (...hosts: string[]): Promise<Credentials> =>
  authority.identity({ role: 'agent', hosts }, Date.now());
const controller = await authority.identity({ role: 'controller', hosts: [] }, Date.now());

async function serve(duty: Partial<typeof healthy> = {}, credentials?: Credentials) {
  const shown = credentials ?? (await agentOf(host));
  const app = createAgentServer({ duty: { ...healthy, ...duty }, credentials: shown, clock, log });
  await app.listen({ host, port: 0 });
  const bound = app.server.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  const client = hostAgent({ host, port }, () => controller, clock);
  opened.push(app, client);
  return { client, app, again: () => hostAgent({ host, port }, () => controller, clock) };
}

test('asks and is answered', async () => {
  const { client } = await serve();
  expect(await client.state(call)).toMatchObject({ server: 'answers' });
  expect(await client.fence(call)).toEqual({ how: 'killed' });
  await client.unfence({ start: 'no' }, call);
});

test('a tail’s text arrives as it was, byte for byte', async () => {
  const { client } = await serve();
  const tail = await client.readTail({ after: position('0-1-0') }, call);
  expect(tail).toMatchObject({ transactions: 1, upTo: '0-1-0' });
  expect(await read(Promise.resolve(tail))).toBe('ä\u00ffx\ny');
});

test('tails of nothing, which nobody reads, leave the way free', async () => {
  const readTail: HostAgent['readTail'] = async ({ after }) => ({
    transactions: 0,
    names: '',
    upTo: after,
    truncated: false,
    bytes: 0,
    statements: text(),
  });
  const { client } = await serve({ readTail });
  // More than there are connections.
  for (let at = 0; at < 10; at += 1) await client.readTail({ after: position('') }, call);
  expect(await client.state(call)).toMatchObject({ server: 'answers' });
});

test('a surplus arrives with what is known of it', async () => {
  const { client } = await serve();
  const { statements, ...about } = await client.readSurplus(
    { after: position('0-1-0'), form: 'readable' },
    call,
  );
  expect(about).toEqual({
    transactions: 1,
    names: '0-1-1',
    upTo: '0-1-0',
    newestAt: 1000,
    tables: ['app.writes'],
  });
  let whole = '';
  for await (const chunk of statements) whole += chunk;
  expect(whole).toBe('### ä');
});

test('a tail that breaks off is no whole tail', async () => {
  async function* broken(): AsyncGenerator<string> {
    yield 'begun';
    throw new Error('the disk is gone');
  }
  const readTail: HostAgent['readTail'] = async (asked, given) => ({
    ...(await healthy.readTail(asked, given)),
    statements: broken(),
  });
  const { client } = await serve({ readTail });
  const reading = read(client.readTail({ after: position('') }, call));
  await expect(reading).rejects.toMatchObject({ code: 'agent-unreachable' });
});

test('the agent’s own fault keeps its code', async () => {
  const readTail = async (): Promise<never> => {
    throw new Fault('salvage-impossible', 'the log is encrypted');
  };
  const { client } = await serve({ readTail });
  const reading = client.readTail({ after: position('') }, call);
  await expect(reading).rejects.toMatchObject({
    code: 'salvage-impossible',
    message: expect.stringMatching(/encrypted/) as unknown,
  });
});

test('a certificate for another host is not believed, nor a controller’s in place of an agent’s', async () => {
  const elsewhere = await serve({}, await agentOf('10.1.2.3'));
  await expect(elsewhere.client.state(call)).rejects.toMatchObject({ code: 'agent-unreachable' });
  const posing = await serve({}, await authority.identity({ role: 'controller', hosts: [host] }, Date.now()));
  await expect(posing.client.state(call)).rejects.toMatchObject({ code: 'agent-unreachable' });
});

test('a certificate is swapped while the agent runs', async () => {
  const { client, app, again } = await serve({}, await agentOf('10.1.2.3'));
  await expect(client.state(call)).rejects.toMatchObject({ code: 'agent-unreachable' });
  app.server.setSecureContext(tlsOptions(await agentOf(host)));
  const fresh = again();
  opened.push(fresh);
  expect(await fresh.state(call)).toMatchObject({ server: 'answers' });
});

test('whoever leaves before the answer ends the work', async () => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  const state: HostAgent['state'] = ({ signal }) => {
    signal.addEventListener('abort', () => ended.resolve(signal.reason), { once: true });
    begun.resolve();
    return new Promise(() => undefined);
  };
  const { client } = await serve({ state });
  const leaving = new AbortController();
  const asked = client.state({ ...call, signal: leaving.signal });
  asked.catch(() => undefined);
  await begun.promise;
  leaving.abort(new Error('changed my mind'));
  await expect(asked).rejects.toThrow('changed my mind');
  // Not at the deadline, which the agent keeps by itself.
  expect(await ended.promise).toMatchObject({ message: 'the controller has left' });
});

test('an answer that does not come is not waited for any longer than the call says', async () => {
  const { client } = await serve({ state: () => new Promise(() => undefined) });
  await expect(client.state({ ...call, deadlineMs: 100 })).rejects.toThrow('no answer within 100 ms');
});
