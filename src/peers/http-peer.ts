/** The client of another controller: the peer port over its API, with connections that stay open. */
import { Pool } from 'undici';
import type { z } from 'zod';
import { Fault } from '../contract/errors.ts';
import { controllerSchema, type WitnessRequest, witnessAnswerSchema } from '../contract/witness-schema.ts';
import type { Call, Clock } from '../core/clock.ts';
import { withDeadline } from '../core/deadline.ts';
import type { Peer, PeerSettings } from '../core/peer.ts';
import { faultOfAnswer, faultOfConnection, wasClosedMeanwhile } from './peer-faults.ts';

/** One question for each cluster may be under way. */
const connections = 4;
/** Shorter than the other side's own (72 s), so that it is not the other side that closes. */
const keepAliveMs = 60_000;
/** An answer is a few hundred bytes; whoever sends more than this does not answer as a controller does. */
const longestAnswer = 64 * 1024;

/** Each question has a deadline of its own. */
const poolOptions: Pool.Options = {
  connections,
  pipelining: 1,
  keepAliveTimeout: keepAliveMs,
  keepAliveMaxTimeout: keepAliveMs,
  headersTimeout: 0,
  bodyTimeout: 0,
  maxResponseSize: longestAnswer,
};

export interface PeerClient extends Peer {
  close(): Promise<void>;
}

interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

/** Connects lazily and again after a loss; never throws. */
export function httpPeer({ name, url, token }: PeerSettings, clock: Clock): PeerClient {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, poolOptions);
  const send = ({ method, path, body }: Ask, signal: AbortSignal) =>
    pool.request({
      method,
      path: `${pathname === '/' ? '' : pathname}${path}`,
      signal,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const ask = <T>(asked: Ask, schema: z.ZodType<T>, call: Call): Promise<T> =>
    withDeadline(clock, call, url, async (signal) => {
      try {
        // A connection that the other side closed while the question was on its way; questions change nothing.
        const answer = await send(asked, signal).catch((thrown: unknown) => {
          if (wasClosedMeanwhile(thrown) && !signal.aborted) return send(asked, signal);
          throw thrown;
        });
        const text = await answer.body.text();
        if (answer.statusCode !== 200) throw faultOfAnswer(url, answer.statusCode, text);
        return understood(url, schema, text);
      } catch (thrown) {
        signal.throwIfAborted();
        throw faultOfConnection(url, thrown);
      }
    });
  return {
    name,
    look: ({ cluster, server, lookMs }, call) => {
      const body: WitnessRequest = { server, deadlineMs: Math.ceil(lookMs) };
      const path = `/v1/clusters/${encodeURIComponent(cluster)}/witness`;
      return ask({ method: 'POST', path, body }, witnessAnswerSchema, call);
    },
    greet: (call) => ask({ method: 'GET', path: '/v1/controller' }, controllerSchema, call),
    close: () => pool.destroy(),
  };
}

function understood<T>(url: string, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new Fault('controller-unreachable', `${url} does not answer as a Dauphin controller does`, {
      cause: thrown,
    });
  }
}
