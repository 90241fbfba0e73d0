/** The controller's events over connections that may break: comes back by itself and goes on where it was. */
import { setTimeout as sleep } from 'node:timers/promises';
import { asFault, Fault, type FaultCode } from '../contract/errors.ts';
import { type ControlEvent, controlEventSchema } from '../contract/event-schema.ts';
import type { ApiClient } from './api-client.ts';
import { readFrames } from './event-source.ts';

export type Notice =
  /** From here on nothing is missed; what happened before must be read. */
  | { readonly kind: 'connected' }
  | { readonly kind: 'lost'; readonly fault: Fault }
  | { readonly kind: 'event'; readonly event: ControlEvent };

export interface WatchOptions {
  readonly operation?: string;
  /** Go on after this revision; without it, from now on. */
  readonly after?: number;
  readonly signal: AbortSignal;
}

/** The controller sends a comment every 15 s; three missing ones mean that it is gone. */
const silenceMs = 45_000;
const connectMs = 10_000;
/** How long the controller may stay away before this gives up. */
const giveUpMs = 60_000;
const firstPauseMs = 200;
const longestPauseMs = 3000;

/** A wrong request stays wrong; all else may heal. */
const hopeless: readonly FaultCode[] = ['bad-request', 'unauthorized', 'not-found'];

/** Ends with the signal. Throws when the controller refuses the request or stays away for too long. */
export async function* watchEvents(client: ApiClient, options: WatchOptions): AsyncGenerator<Notice, void> {
  const { signal } = options;
  let after = options.after === undefined ? undefined : String(options.after);
  let pauseMs = firstPauseMs;
  let aliveAt = performance.now();
  while (!signal.aborted) {
    let fault: Fault;
    try {
      for await (const notice of connection(client, options, after)) {
        aliveAt = performance.now();
        if (notice.kind === 'event') {
          after = String(notice.event.revision);
          pauseMs = firstPauseMs;
        }
        yield notice;
      }
      fault = new Fault('controller-unreachable', 'the controller ended the connection');
    } catch (thrown) {
      fault = asFault(thrown);
    }
    if (signal.aborted) return;
    if (hopeless.includes(fault.code) || performance.now() - aliveAt > giveUpMs) throw fault;
    yield { kind: 'lost', fault };
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

async function* connection(
  client: ApiClient,
  { operation, signal }: WatchOptions,
  after: string | undefined,
): AsyncGenerator<Notice, void> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const listen = (ms: number): void => {
    clearTimeout(timer);
    const fault = new Fault('controller-unreachable', `the controller has been silent for ${ms / 1000} s`);
    timer = setTimeout(() => silence.abort(fault), ms);
  };
  try {
    listen(connectMs);
    const path = `/v1/events${operation === undefined ? '' : `?operation=${encodeURIComponent(operation)}`}`;
    const headers = {
      accept: 'text/event-stream',
      ...(after === undefined ? {} : { 'last-event-id': after }),
    };
    const response = await client.open(path, headers, AbortSignal.any([signal, silence.signal]));
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          listen(silenceMs);
          controller.enqueue(chunk);
        },
      }),
    );
    yield { kind: 'connected' };
    for await (const frame of readFrames(body ?? new ReadableStream())) {
      const event = parseEvent(frame.data);
      if (event !== undefined) yield { kind: 'event', event };
    }
  } catch (thrown) {
    throw silence.signal.aborted ? silence.signal.reason : lost(thrown);
  } finally {
    clearTimeout(timer);
    // Also ends the request when the reader leaves early.
    silence.abort();
  }
}

/** Undefined for what a newer controller sends and this program does not know: it is not meant for it. */
function parseEvent(data: string): ControlEvent | undefined {
  return controlEventSchema.safeParse(parseJson(data)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lost(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('controller-unreachable', `the connection broke: ${why}`, { cause: thrown });
}
