/** The controller's client of one agent: the host port over HTTPS, with connections that stay open. */
import { Readable } from 'node:stream';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import type { z } from 'zod';
import {
  deadlineHeader,
  fencedSchema,
  hostStateSchema,
  surplusHeadSchema,
  tailHeadSchema,
  takenCopySchema,
  unfencedSchema,
} from '../../contract/agent-schema.ts';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { HostAgent, Surplus, Tail } from '../../core/host.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { type Credentials, hasRole } from '../certificates/credentials.ts';
import { faultOfAnswer, faultOfConnection, wasClosedMeanwhile } from './agent-faults.ts';
import { readHead } from './read-head.ts';

/** A question must not wait behind a tail that is being read. */
const connections = 4;
/** Shorter than the agent's own, so that it is not the agent that closes. */
const keepAliveMs = 50 * 60 * 1000;

interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** In place of a body; can be sent once. */
  readonly stream?: AsyncIterable<Uint8Array>;
}

export interface AgentClient extends HostAgent {
  close(): Promise<void>;
}

/** `credentials` is asked for each new connection: they are renewed while the client lives. Never throws. */
export function hostAgent(address: Address, credentials: () => Credentials, clock: Clock): AgentClient {
  const origin = `https://${formatAddress(address)}`;
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => connectorOf(credentials())(options, callback),
  });
  const ask = (asked: Ask, call: Call): Promise<Dispatcher.ResponseData> =>
    request(pool, address, asked, call);
  const value = async <T>(asked: Ask, schema: z.ZodType<T>, call: Call): Promise<T> =>
    withDeadline(clock, call, `the agent at ${formatAddress(address)}`, async (signal) => {
      const { body } = await ask(asked, { ...call, signal });
      return await understood(schema, () => body.json(), address);
    });
  /** An answer that goes on after its first line. */
  const text = <T extends object>(asked: Ask, schema: z.ZodType<T>, call: Call) =>
    withDeadline(clock, call, `the agent at ${formatAddress(address)}`, async (signal) => {
      // The statements are read after this has returned, so the request itself is not bound to its deadline.
      const stop = new AbortController();
      const giveUp = (): void => stop.abort(signal.reason);
      signal.addEventListener('abort', giveUp, { once: true });
      const { body } = await ask(asked, { ...call, signal: stop.signal });
      const { head, rest } = await readHead(body);
      signal.removeEventListener('abort', giveUp);
      const about = await understood(schema, async () => JSON.parse(head) as unknown, address);
      return { ...about, statements: statementsOf(rest, address) };
    });
  return {
    address,
    state: (call) => value({ method: 'GET', path: '/v1/state' }, hostStateSchema, call),
    fence: (call) => value({ method: 'POST', path: '/v1/fence' }, fencedSchema, call),
    unfence: async (asked, call) => {
      await value({ method: 'POST', path: '/v1/unfence', body: asked }, unfencedSchema, call);
    },
    readTail: async (asked, call) =>
      (await text({ method: 'POST', path: '/v1/tail', body: asked }, tailHeadSchema, call)) satisfies Tail,
    readSurplus: async (asked, call) =>
      (await text(
        { method: 'POST', path: '/v1/surplus', body: asked },
        surplusHeadSchema,
        call,
      )) satisfies Surplus,
    copies: {
      give: (account, call) =>
        withDeadline(clock, call, `the agent at ${formatAddress(address)}`, async (signal) => {
          const stop = new AbortController();
          const giveUp = (): void => stop.abort(signal.reason);
          signal.addEventListener('abort', giveUp, { once: true });
          const asked = { method: 'POST', path: '/v1/give-copy', body: account } as const;
          const { body } = await ask(asked, { ...call, signal: stop.signal });
          signal.removeEventListener('abort', giveUp);
          return body as AsyncIterable<Uint8Array>;
        }),
      take: (copy, call) =>
        value({ method: 'POST', path: '/v1/take-copy', stream: copy }, takenCopySchema, call),
    },
    close: () => pool.destroy(),
  };
}

function connectorOf({ key, certificate, ca }: Credentials) {
  return buildConnector({
    key,
    cert: certificate,
    ca,
    minVersion: 'TLSv1.3',
    allowH2: false,
    checkServerIdentity: (host: string, peer: PeerCertificate) => {
      if (!hasRole(peer.subjectaltname, 'agent')) return new Error('this certificate is not an agent’s');
      return checkServerIdentity(host, peer);
    },
  });
}

async function request(
  pool: Pool,
  address: Address,
  { method, path, body, stream }: Ask,
  call: Call,
): Promise<Dispatcher.ResponseData> {
  const send = async (): Promise<Dispatcher.ResponseData> => {
    call.assertAllowed?.();
    return pool.request({
      method,
      path,
      signal: call.signal,
      headers: {
        [deadlineHeader]: String(Math.ceil(call.deadlineMs)),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(stream === undefined ? {} : { 'content-type': 'application/octet-stream' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(stream === undefined ? {} : { body: Readable.from(stream) }),
    });
  };
  try {
    // A connection that the other side closed while the question was on its way; every verb is safe to repeat.
    const answer = await send().catch((thrown: unknown) => {
      if (wasClosedMeanwhile(thrown) && !call.signal.aborted && stream === undefined) return send();
      throw thrown;
    });
    if (answer.statusCode === 200) return answer;
    throw faultOfAnswer(address, answer.statusCode, await answer.body.text());
  } catch (thrown) {
    if (call.signal.aborted) throw call.signal.reason;
    throw faultOfConnection(address, thrown);
  }
}

async function understood<T>(
  schema: z.ZodType<T>,
  read: () => Promise<unknown>,
  address: Address,
): Promise<T> {
  try {
    return schema.parse(await read());
  } catch (thrown) {
    throw new Fault('agent-unreachable', `${formatAddress(address)}: its answer is not an agent's`, {
      cause: thrown,
    });
  }
}

async function* statementsOf(rest: AsyncIterable<Buffer>, address: Address): AsyncGenerator<string> {
  try {
    for await (const chunk of rest) yield chunk.toString('latin1');
  } catch (thrown) {
    throw new Fault('agent-unreachable', `${formatAddress(address)}: the tail broke off`, { cause: thrown });
  }
}
