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

/** What a pair of hosts suffers while it is not cut. */
export interface Weather {
  /** Milliseconds one way, on top of the usual. */
  readonly delay: readonly [number, number];
  /** The share of messages that have to be sent again, which takes `resendMs`. */
  readonly loss: number;
}

/** The smallest retransmission time-out of Linux. */
const resendMs = 200;

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
  /** From one host to another, and not back. */
  readonly #oneWayCuts = new Map<string, number>();
  readonly #weather = new Map<string, Weather>();
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

  /** They cannot talk: at least one direction is cut. */
  isCut(a: string, b: string): boolean {
    if (this.#cuts.size === 0 && this.#oneWayCuts.size === 0) return false;
    const oneWay = (key: string): boolean => (this.#oneWayCuts.get(key) ?? 0) > 0;
    return this.#both(a, b) || oneWay(`${a} ${b}`) || oneWay(`${b} ${a}`);
  }

  cut(a: string, b: string): void {
    this.#add(this.#cuts, pair(a, b), 1);
  }

  heal(a: string, b: string): void {
    this.#add(this.#cuts, pair(a, b), -1);
    if (this.isCut(a, b)) return;
    this.#sendAgain(a, b);
  }

  /** What `from` sends does not arrive; what comes back does. No new connection is made in either direction. */
  cutOneWay(from: string, to: string): void {
    this.#add(this.#oneWayCuts, `${from} ${to}`, 1);
  }

  healOneWay(from: string, to: string): void {
    this.#add(this.#oneWayCuts, `${from} ${to}`, -1);
    this.#sendAgain(from, to);
  }

  /** Undefined: fair again. */
  setWeather(a: string, b: string, weather: Weather | undefined): void {
    if (weather) this.#weather.set(pair(a, b), weather);
    else this.#weather.delete(pair(a, b));
  }

  #add(to: Map<string, number>, key: string, count: number): void {
    const sum = (to.get(key) ?? 0) + count;
    if (sum > 0) to.set(key, sum);
    else to.delete(key);
  }

  #blocks({ from, to }: Lane): boolean {
    return this.#both(from, to) || (this.#oneWayCuts.get(`${from} ${to}`) ?? 0) > 0;
  }

  #both(a: string, b: string): boolean {
    return this.#cuts.size > 0 && (this.#cuts.get(pair(a, b)) ?? 0) > 0;
  }

  #sendAgain(a: string, b: string): void {
    for (const lane of [...this.#stalled]) {
      if (pair(lane.from, lane.to) === pair(a, b)) this.#retransmit(lane);
    }
    for (const happen of this.#onHeal) happen();
  }

  onHeal(happen: () => void): void {
    this.#onHeal.push(happen);
  }

  send(lane: Lane, arrive: () => void): void {
    const delay = this.#random.between(...this.#traits.delay) + this.#hindrance(lane);
    const at = Math.max(lane.lastAt, this.#clock.monotonic() + delay);
    lane.lastAt = at;
    this.#clock.after(at - this.#clock.monotonic(), () => {
      if (lane.parked.length === 0 && !this.#blocks(lane)) {
        arrive();
        return;
      }
      if (!lane.forsaken) lane.parked.push(arrive);
      this.#stalled.add(lane);
    });
  }

  #hindrance({ from, to }: Lane): number {
    const weather = this.#weather.get(pair(from, to));
    if (!weather) return 0;
    const lost = this.#random.chance(weather.loss) ? resendMs : 0;
    return lost + this.#random.between(...weather.delay);
  }

  /** The sender closes the connection; `last` tells the other side. */
  forsake(lane: Lane, last: () => void): void {
    if (!this.#traits.orphansRetransmit) {
      lane.parked = [];
      lane.forsaken = this.#blocks(lane);
    }
    if (lane.forsaken) {
      // Its end of the connection is noticed once packets get through again.
      lane.parked.push(last);
      this.#stalled.add(lane);
    } else this.send(lane, last);
  }

  /** The sender's machine is gone: what a cut holds back is lost, and the other side is not told. */
  abandon(lane: Lane): void {
    lane.parked = [];
    lane.forsaken = true;
  }

  #retransmit(lane: Lane): void {
    this.#clock.after(this.#random.between(...this.#traits.retransmission), () => {
      if (this.#blocks(lane)) return;
      this.#stalled.delete(lane);
      const parked = lane.parked;
      lane.parked = [];
      for (const arrive of parked) arrive();
    });
  }
}
