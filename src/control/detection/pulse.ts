/** The pulse of one server: asked regularly, and news at once when a connection to it ends. */
import { asFault } from '../../contract/errors.ts';
import { Bell } from '../../core/bell.ts';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { ServerLink } from '../../core/engine.ts';

export class Pulse {
  readonly #clock: Clock;
  readonly #answerMs: number;
  readonly #alarm = new Bell();
  #link: ServerLink | undefined;
  #stopListening: () => void = () => undefined;
  /** A connection has ended, and nobody has taken note. */
  #news: string | undefined;

  constructor(clock: Clock, answerMs: number) {
    this.#clock = clock;
    this.#answerMs = answerMs;
  }

  /** From now on of this server. */
  listenTo(link: ServerLink | undefined): void {
    if (link === this.#link) return;
    this.#stopListening();
    this.#link = link;
    this.#news = undefined;
    this.#stopListening =
      link?.onLost(() => {
        this.#news = 'a connection to it ended';
        this.#alarm.ring();
      }) ?? (() => undefined);
  }

  /** What is wrong with it, or undefined when it answers. A connection that has ended is enough. */
  async trouble(signal: AbortSignal): Promise<string | undefined> {
    const news = this.#news;
    this.#news = undefined;
    return news ?? this.#ask(signal);
  }

  /** Returns early when a connection ends. */
  async rest(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#news !== undefined || signal.aborted) return;
    const over = new AbortController();
    // Not `AbortSignal.any`: Node keeps one that is listened to, with all that listens, until it fires.
    const end = (): void => over.abort();
    signal.addEventListener('abort', end, { once: true });
    await Promise.race([
      this.#alarm.wait(over.signal),
      this.#clock.sleep(ms, over.signal).catch(() => undefined),
    ]);
    signal.removeEventListener('abort', end);
    end();
  }

  close(): void {
    this.listenTo(undefined);
  }

  async #ask(signal: AbortSignal): Promise<string | undefined> {
    const link = this.#link;
    if (!link) return undefined;
    const call = { signal, deadlineMs: this.#answerMs };
    try {
      await withDeadline(this.#clock, call, 'pulse', (inner) => link.pulse({ ...call, signal: inner }));
      return undefined;
    } catch (thrown) {
      return signal.aborted ? undefined : asFault(thrown).message;
    }
  }
}
