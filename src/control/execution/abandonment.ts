/**
 * A person's word that an operation is not to be waited for any more. It is heeded only where the operation would ask
 * for ever: every other step has a deadline, and cutting it short would leave it half done.
 */

import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { AbandonWord } from '../../core/operation.ts';

export class Abandonment {
  #given = new AbortController();
  #word: AbandonWord | undefined;
  #waiting = false;

  /** From now on it asks for ever, unless its server answers; or it goes on for long, and can be stopped anywhere. */
  waits(): void {
    this.#waiting = true;
  }

  /** It knows. A word that came too late to be heeded is not kept for another wait. */
  knows(): void {
    this.#waiting = false;
    this.#word = undefined;
    this.#given = new AbortController();
  }

  /** Throws `refused` while nothing waits without end, and for a second word: it would not be on record. */
  give(word: AbandonWord): void {
    if (!this.#waiting)
      throw new Fault('refused', 'it does not wait without end, and comes to its own end: wait for that');
    if (this.#word) {
      const fact = `${this.#word.by} has given it up already: once it has ended, say what is left to be said`;
      throw new Fault('refused', fact);
    }
    this.#word = word;
    this.#given.abort();
  }

  /** Aborted when the word is given that this wait is for. */
  get given(): AbortSignal {
    return this.#given.signal;
  }

  get word(): AbandonWord | undefined {
    return this.#word;
  }

  /** A pause within a wait without end. Throws `abandoned` as soon as the operation is given up. */
  async pause(clock: Clock, ms: number, stop: AbortSignal): Promise<void> {
    await clock.sleep(ms, AbortSignal.any([stop, this.#given.signal])).catch(() => undefined);
    stop.throwIfAborted();
    if (this.#word) throw new Fault('abandoned', `${this.#word.by} gave it up: ${this.#word.reason}`);
  }
}
