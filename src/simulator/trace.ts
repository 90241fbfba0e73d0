/** What happened, in order, in words. Two runs of one seed have the same trace to the last letter. */
import type { VirtualClock } from './virtual-clock.ts';

export class Trace {
  readonly #clock: VirtualClock;
  readonly #lines: string[] = [];
  #hash = 0x811c9dc5;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  add(who: string, what: string): void {
    const line = `${this.#clock.monotonic().toFixed(3).padStart(11)}  ${who.padEnd(8)} ${what}`;
    this.#lines.push(line);
    for (let at = 0; at < line.length; at += 1) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(at), 16_777_619);
    }
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
}
