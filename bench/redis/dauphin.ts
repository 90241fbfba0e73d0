/** Dauphin as an actor: the real controller, asked over its API, or left to act by itself. */
import { Refused } from '../../src/cli/api-client.ts';
import { operationListSchema } from '../../src/contract/answer-schema.ts';
import { operationSchema } from '../../src/contract/operation-schema.ts';
import type { Operation } from '../../src/core/operation.ts';
import { until } from '../../test/kit/deadline.ts';
import type { HandOverActor, Said, WatchingActor } from './actor.ts';
import { CLUSTER, RedisControl, type RedisEngine } from './redis-control.ts';
import { candidateOf, type Stage } from './stage.ts';

/** Seldom, so that asking does not cost the controller what is measured. */
const LOOK_EVERY_MS = 200;
const SWITCHOVER_MS = 60_000;
/** Generous: what takes long is to be seen as a figure, not as an error. */
const TAKEOVER = { deadlineMs: 30_000, everyMs: LOOK_EVERY_MS };
const LOG_LINES = 20;

export interface HandOverRequest {
  readonly engine: RedisEngine;
  /** Of Redis Cluster; the default mode is not named. */
  readonly mode?: 'force' | 'takeover';
  readonly signal: AbortSignal;
}

export async function openDauphinSwitchover(stage: Stage, asked: HandOverRequest): Promise<HandOverActor> {
  const { engine, mode, signal } = asked;
  const control = await RedisControl.start({ folder: stage.folder, engine, servers: stage.servers });
  const to = candidateOf(stage).name;
  const body = { to, requestedBy: 'bench', ...(mode === undefined ? {} : { mode }) };
  return {
    switchover: () => ask(control, { what: 'switchover', body, signal, deadlineMs: SWITCHOVER_MS }),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

/** It acts by itself. The loss is put up with as far as the server's own protocol cannot exclude it. */
export async function openDauphinWatch(stage: Stage, engine: RedisEngine): Promise<WatchingActor> {
  const control = await RedisControl.start({
    folder: stage.folder,
    engine,
    servers: stage.servers,
    keys: { failover: { mode: 'automatic', durability: 'available', maxLoss: 'any' } },
  });
  return {
    awaitTakeover: (signal) => awaitFailover(control, signal),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

export interface OperationRequest {
  readonly what: 'switchover' | 'rebalance';
  readonly body: object;
  readonly signal: AbortSignal;
  /** How long it may take. */
  readonly deadlineMs: number;
}

/** Asks for an operation and waits for its end. */
export async function ask({ client }: RedisControl, request: OperationRequest): Promise<Said> {
  const { what, body, signal, deadlineMs } = request;
  const end = { deadlineMs, everyMs: LOOK_EVERY_MS };
  try {
    const { id } = await client.post(`/v1/clusters/${CLUSTER}/${what}`, body, operationSchema);
    const operation = await until(`operation ${id} to end`, end, async () => {
      signal.throwIfAborted();
      const seen = await client.get(`/v1/operations/${id}`, operationSchema);
      return seen.status !== 'running' && seen;
    });
    return saidBy(operation);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    const facts = thrown.body.error.refusals?.map(({ fact }) => fact) ?? [];
    return { failure: `refused: ${facts.join('; ')}` };
  }
}

/** Attempts that came to nothing are followed by another. */
async function awaitFailover(control: RedisControl, signal: AbortSignal): Promise<Said> {
  let last: Operation | undefined;
  try {
    const ended = await until('a failover', TAKEOVER, async () => {
      signal.throwIfAborted();
      const path = `/v1/operations?cluster=${CLUSTER}`;
      const { operations } = await control.client.get(path, operationListSchema);
      const failovers = operations.filter(({ kind }) => kind === 'failover');
      last = failovers[0] ?? last;
      return failovers.find(({ status }) => status === 'succeeded');
    });
    return saidBy(ended);
  } catch (thrown) {
    signal.throwIfAborted();
    const ending = last === undefined ? 'none was begun' : (saidBy(last).failure ?? last.status);
    return { failure: `${String(thrown)}: ${ending}\n${await control.logTail(LOG_LINES)}` };
  }
}

function saidBy({ status, outcome, refusals = [] }: Operation): Said {
  const facts = refusals.map(({ fact }) => fact);
  const reason = outcome?.summary ?? (facts.length > 0 ? facts.join('; ') : 'no reason given');
  return {
    ...(status === 'succeeded' ? {} : { failure: `${status}: ${reason}` }),
    ...(outcome?.loss === undefined ? {} : { loss: outcome.loss }),
  };
}
