/**
 * What lies between hosts. Messages of one connection arrive in order; those of two may overtake each other. A
 * cut loses nothing that was sent: it arrives some time after the cut is healed, as TCP's retransmission has it.
 */
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface NetworkTraits {
  /** Milliseconds one way. */
  readonly delay: readonly [number, number];
  /** How long after a cut is healed a connection's next retransmission comes. */
  readonly retransmission: readonly [number, number];
  /** A closed connection's data is sent again as well, as TCP does for as long as tcp_orphan_retries says. */
  readonly orphansRetransmit: boolean;
}

/** One direction of one connection. */
export interface Lane {
  readonly from: string;
  readonly to: string;
  lastAt: number;
  parked: (() => void)[];
  /** Its connection was closed on the sending side: what a cut holds back will not be sent again. */
  forsaken: boolean;
}

const pair = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

export class NetworkModel {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #traits: NetworkTraits;
  readonly #cuts = new Map<string, number>();
  readonly #stalled = new Set<Lane>();
  readonly #onHeal: (() => void)[] = [];

  constructor(clock: VirtualClock, random: Random, traits: NetworkTraits) {
    this.#clock = clock;
    this.#random = random;
    this.#traits = traits;
  }

  lane(from: string, to: string): Lane {
    return { from, to, lastAt: 0, parked: [], forsaken: false };
  }

  isCut(a: string, b: string): boolean {
    return (this.#cuts.get(pair(a, b)) ?? 0) > 0;
  }

  cut(a: string, b: string): void {
    this.#cuts.set(pair(a, b), (this.#cuts.get(pair(a, b)) ?? 0) + 1);
  }

  heal(a: string, b: string): void {
    this.#cuts.set(pair(a, b), Math.max(0, (this.#cuts.get(pair(a, b)) ?? 0) - 1));
    if (this.isCut(a, b)) return;
    for (const lane of [...this.#stalled]) {
      if (pair(lane.from, lane.to) === pair(a, b)) this.#retransmit(lane);
    }
    for (const happen of this.#onHeal) happen();
  }

  onHeal(happen: () => void): void {
    this.#onHeal.push(happen);
  }

  send(lane: Lane, arrive: () => void): void {
    const at = Math.max(lane.lastAt, this.#clock.monotonic() + this.#random.between(...this.#traits.delay));
    lane.lastAt = at;
    this.#clock.after(at - this.#clock.monotonic(), () => {
      if (lane.parked.length === 0 && !this.isCut(lane.from, lane.to)) {
        arrive();
        return;
      }
      if (!lane.forsaken) lane.parked.push(arrive);
      this.#stalled.add(lane);
    });
  }

  /** The sender closes the connection; `last` tells the other side. */
  forsake(lane: Lane, last: () => void): void {
    if (!this.#traits.orphansRetransmit) {
      lane.parked = [];
      lane.forsaken = this.isCut(lane.from, lane.to);
    }
    if (lane.forsaken) {
      // Its end of the connection is noticed once packets get through again.
      lane.parked.push(last);
      this.#stalled.add(lane);
    } else this.send(lane, last);
  }

  #retransmit(lane: Lane): void {
    this.#clock.after(this.#random.between(...this.#traits.retransmission), () => {
      if (this.isCut(lane.from, lane.to)) return;
      this.#stalled.delete(lane);
      const parked = lane.parked;
      lane.parked = [];
      for (const arrive of parked) arrive();
    });
  }
}
