/**
 * Spreads turns evenly over time. Turns nobody was there to take do not pile up: after a pause the writer goes
 * on at its rate instead of making up for it.
 */
export class Pacer implements Disposable {
  readonly #rate: number;
  readonly #mostUnused: number;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: (() => void)[] = [];
  readonly #startedAt = performance.now();
  #granted = 0;
  #unused = 0;

  /** `rate` in turns a second. */
  constructor(rate: number, mostUnused: number) {
    this.#rate = rate;
    this.#mostUnused = mostUnused;
    this.#timer = setInterval(() => this.#grant(), Math.min(20, Math.max(1, Math.floor(250 / rate))));
  }

  turn(): Promise<void> {
    if (this.#unused > 0) {
      this.#unused--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #grant(): void {
    const due = Math.floor(((performance.now() - this.#startedAt) * this.#rate) / 1000);
    for (; this.#granted < due; this.#granted++) {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#unused = Math.min(this.#unused + 1, this.#mostUnused);
    }
  }

  /** Nobody is left waiting. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
