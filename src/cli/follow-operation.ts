/**
 * Waits for an operation's end and tells of each journal line once and in order. The event stream brings
 * them at once; a look now and then stands in for whatever the stream may have missed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { journalSchema } from '../contract/answer-schema.ts';
import { asFault, Fault } from '../contract/errors.ts';
import { operationSchema } from '../contract/operation-schema.ts';
import type { JournalEntry, Operation } from '../core/operation.ts';
import type { ApiClient } from './api-client.ts';
import { type Notice, watchEvents } from './watch-events.ts';

export interface FollowOptions {
  readonly onEntry: (entry: JournalEntry) => void;
  readonly onLost: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

const lookEveryMs = 2000;
/** On top of what the steps may take: hooks' surroundings, a controller that dies and is started again. */
const slackMs = 120_000;
const withoutPlanMs = 600_000;

/** Returns the operation when it runs no longer; throws `deadline-exceeded` when it should have ended long ago. */
export async function followOperation(
  client: ApiClient,
  begun: Operation,
  options: FollowOptions,
): Promise<Operation> {
  const limitMs = patienceMs(begun);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(limitMs), stop.signal]);
  const follower = new Follower(client, begun, options);
  try {
    const ended = await Promise.race([follower.listen(signal), follower.lookNowAndThen(signal)]);
    if (ended !== undefined) return ended;
  } finally {
    stop.abort();
  }
  options.signal.throwIfAborted();
  throw new Fault('deadline-exceeded', `${begun.id} still runs after ${Math.round(limitMs / 1000)} s`);
}

/** Every step may use up its deadline, and so may what undoes it. */
function patienceMs({ plan }: Operation): number {
  if (plan === undefined) return withoutPlanMs;
  return slackMs + plan.steps.reduce((sum, { deadlineMs }) => sum + 2 * deadlineMs, 0);
}

class Follower {
  readonly #client: ApiClient;
  readonly #path: string;
  readonly #id: string;
  readonly #options: FollowOptions;
  /** The highest sequence told of; lines are told strictly in order. */
  #told = -1;

  constructor(client: ApiClient, { id }: Operation, options: FollowOptions) {
    this.#client = client;
    this.#id = id;
    this.#path = `/v1/operations/${encodeURIComponent(id)}`;
    this.#options = options;
  }

  /** Undefined when the signal came first. */
  async listen(signal: AbortSignal): Promise<Operation | undefined> {
    for await (const notice of watchEvents(this.#client, { operation: this.#id, signal })) {
      const ended = await this.#take(notice).catch(forgiveWhatMayHeal);
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  async lookNowAndThen(signal: AbortSignal): Promise<Operation | undefined> {
    while (!signal.aborted) {
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const ended = await this.#look().catch(forgiveWhatMayHeal);
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  async #take(notice: Notice): Promise<Operation | undefined> {
    if (notice.kind === 'lost') {
      this.#options.onLost(notice.fault);
      return undefined;
    }
    if (notice.kind === 'connected' || notice.event.kind !== 'journal') return this.#look();
    const { entry } = notice.event;
    if (entry.sequence > this.#told + 1) return this.#look();
    this.#tell(entry);
    return undefined;
  }

  /** The operation before its journal: when it has ended, the journal read after it is whole. */
  async #look(): Promise<Operation | undefined> {
    const operation = await this.#client.get(this.#path, operationSchema);
    const { journal } = await this.#client.get(`${this.#path}/journal`, journalSchema);
    for (const entry of journal) this.#tell(entry);
    return operation.status === 'running' ? undefined : operation;
  }

  #tell(entry: JournalEntry): void {
    if (entry.operation !== this.#id || entry.sequence <= this.#told) return;
    this.#told = entry.sequence;
    this.#options.onEntry(entry);
  }
}

/** The stream itself tells when the controller stays away for good. */
function forgiveWhatMayHeal(thrown: unknown): undefined {
  const fault = asFault(thrown);
  if (!fault.retryable) throw fault;
}
