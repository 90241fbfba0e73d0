/** A client of the event stream that can be cut off and come back. */
import { type ControlEvent, controlEventSchema } from '../../src/contract/event-schema.ts';
import { within } from '../kit/deadline.ts';
import type { Served } from './serve-scene.ts';

export interface Told {
  readonly id: number;
  readonly event: string;
  readonly data: ControlEvent;
}

const EVENT_MS = 20_000;

export class EventReader {
  readonly #frames: AsyncGenerator<Told, void>;
  readonly #cut: AbortController;

  private constructor(frames: AsyncGenerator<Told, void>, cut: AbortController) {
    this.#frames = frames;
    this.#cut = cut;
  }

  static async open(served: Served, headers: Record<string, string> = {}): Promise<EventReader> {
    const cut = new AbortController();
    const response = await served.http('/v1/events', { headers, signal: cut.signal });
    if (response.status !== 200 || response.body === null) throw new Error(`events: ${response.status}`);
    return new EventReader(told(response.body), cut);
  }

  async take(count: number): Promise<readonly Told[]> {
    const taken: Told[] = [];
    while (taken.length < count) taken.push(await this.#next());
    return taken;
  }

  async takeUntil(isLast: (event: Told) => boolean): Promise<readonly Told[]> {
    const taken: Told[] = [];
    for (;;) {
      const event = await this.#next();
      taken.push(event);
      if (isLast(event)) return taken;
    }
  }

  /** Settles when the other side has ended the stream. */
  async ended(): Promise<void> {
    await within(
      'the stream to end',
      EVENT_MS,
      this.#frames.next().catch(() => undefined),
    );
  }

  async close(): Promise<void> {
    this.#cut.abort();
  }

  async #next(): Promise<Told> {
    const { value, done } = await within('an event', EVENT_MS, this.#frames.next());
    if (done === true) throw new Error('the stream has ended');
    return value;
  }
}

async function* told(body: ReadableStream<Uint8Array>): AsyncGenerator<Told, void> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event !== undefined) yield event;
    }
  }
}

function parse(frame: string): Told | undefined {
  const fields = new Map(
    frame
      .split('\n')
      .map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return {
    id: Number(fields.get('id')),
    event: fields.get('event') ?? '',
    data: controlEventSchema.parse(JSON.parse(data)),
  };
}
