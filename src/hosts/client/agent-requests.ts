/** What is asked of one agent: each waits no longer than the call says, and translates what goes wrong. */
import { Readable } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import type { z } from 'zod';
import { deadlineHeader } from '../../contract/agent-schema.ts';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { faultOfAnswer, faultOfConnection, wasClosedMeanwhile } from './agent-faults.ts';
import { readHead } from './read-head.ts';

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** In place of a body; can be sent once. */
  readonly stream?: AsyncIterable<Uint8Array>;
}

export interface Asking {
  readonly pool: Pool;
  readonly address: Address;
  readonly clock: Clock;
}

const agentAt = (address: Address): string => `the agent at ${formatAddress(address)}`;

export function askValue<T>(asking: Asking, asked: Ask, schema: z.ZodType<T>, call: Call): Promise<T> {
  const { clock, address } = asking;
  return withDeadline(clock, call, agentAt(address), async (signal) => {
    const { body } = await request(asking, asked, { ...call, signal });
    return await understood(schema, () => body.json(), address);
  });
}

/** An answer whose first line says what follows. */
export async function askText<T extends object>(
  asking: Asking,
  asked: Ask,
  schema: z.ZodType<T>,
  call: Call,
): Promise<T & { readonly statements: AsyncIterable<string> }> {
  const { address } = asking;
  return begin(asking, asked, call, async (body) => {
    const { head, rest } = await readHead(body);
    const about = await understood(schema, async () => JSON.parse(head) as unknown, address);
    return { ...about, statements: statementsOf(rest, address) };
  });
}

export const askBytes = (asking: Asking, asked: Ask, call: Call): Promise<AsyncIterable<Uint8Array>> =>
  begin(asking, asked, call, async (body) => body as AsyncIterable<Uint8Array>);

/** What follows is read after this has returned, so the request itself is not bound to its deadline. */
function begin<T>(
  asking: Asking,
  asked: Ask,
  call: Call,
  work: (body: Dispatcher.ResponseData['body']) => Promise<T>,
): Promise<T> {
  return withDeadline(asking.clock, call, agentAt(asking.address), async (signal) => {
    const stop = new AbortController();
    const giveUp = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    const { body } = await request(asking, asked, { ...call, signal: stop.signal });
    const begun = await work(body);
    signal.removeEventListener('abort', giveUp);
    return begun;
  });
}

async function request(
  { pool, address }: Asking,
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
