/** How many keys one MIGRATE takes: both servers serve nobody else meanwhile, and small keys go faster in larger lots. */

export interface Throttle {
  /** The most keys of one call. Default 256. */
  readonly keysPerCall?: number;
  /** A rest after every call, milliseconds. Default 0. */
  readonly pauseMs?: number;
  /** Calls that take longer get fewer keys. Default 5 ms. */
  readonly aimMs?: number;
}

export class Pace {
  readonly #most: number;
  readonly #aimMs: number;
  #count: number;

  constructor({ keysPerCall = 256, aimMs = 5 }: Throttle = {}) {
    this.#most = Math.max(1, keysPerCall);
    this.#aimMs = aimMs;
    this.#count = Math.min(this.#most, 64);
  }

  get count(): number {
    return this.#count;
  }

  /** A full lot took so long. */
  took(ms: number): void {
    if (ms > this.#aimMs) this.slower();
    else if (ms < this.#aimMs / 3) this.#count = Math.min(this.#most, this.#count * 2);
  }

  slower(): void {
    this.#count = Math.max(1, Math.floor(this.#count / 2));
  }
}
