/**
 * What is known of the receivers of a suspected primary's replicas, from one inquest to the next, and which of them may
 * be made to connect anew. One that runs loses its connection for a moment by that; one that does not, loses nothing.
 */
import type { Clock } from '../../core/clock.ts';
import type { ReceiverHistory } from '../../core/detection/testify.ts';
import type { ReplicationChannel } from '../../core/observation.ts';

type State = ReplicationChannel['receiver'];

interface Receiver {
  /** When it surely tried last: it was made to, or was seen to lose or to find its source. Monotonic milliseconds. */
  triedAt?: number;
  /** When it was made to try last. */
  renewedAt?: number;
  /** Since when it has been trying without success. */
  tryingSince?: number;
  state?: State;
  renewing: boolean;
  renewals: number;
}

/** A try longer ago than this says nothing of now; it is made to try again. */
const staleMs = 3000;
/** For how long the first one is asked alone. */
const aloneMs = 300;
/** Between two renewals of receivers that turned out to be fed: it grows while only this controller is cut off. */
const firstPauseMs = 1000;
const longestPauseMs = 15_000;

export class Receivers {
  readonly #clock: Clock;
  readonly #known = new Map<string, Receiver>();
  /** Renewed in this inquest, and since when; monotonic milliseconds. */
  readonly #asked = new Map<string, number>();
  /** Asked in this inquest, and have said what they can. */
  readonly #settled = new Set<string>();
  /** Monotonic milliseconds before which no receiver that runs is disturbed. */
  #quietUntil = Number.NEGATIVE_INFINITY;
  #pauseMs = firstPauseMs;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Another inquest begins. */
  begin(): void {
    this.#asked.clear();
    this.#settled.clear();
  }

  /** One is being made to try: what comes of it is not known yet. */
  get areRenewing(): boolean {
    return [...this.#known.values()].some(({ renewing }) => renewing);
  }

  /** `ranBefore`: a look shortly before the suspicion saw it running, so that not running is news. */
  saw(name: string, state: State, ranBefore: boolean): void {
    const receiver = this.#of(name);
    const now = this.#clock.monotonic();
    const before = receiver.state ?? (ranBefore ? 'running' : state);
    if (before !== state) receiver.triedAt = now;
    if (state === 'running') delete receiver.tryingSince;
    else receiver.tryingSince ??= now;
    receiver.state = state;
  }

  /**
   * `since`: when the inquest began. That it runs is only proof when it connected after that; a failure is one for as
   * long as it is fresh.
   */
  history(name: string, since: number): ReceiverHistory {
    const { triedAt, renewedAt, tryingSince, state } = this.#of(name);
    const now = this.#clock.monotonic();
    const tried = triedAt !== undefined && (state === 'running' ? triedAt >= since : now - triedAt < staleMs);
    const renewed = renewedAt !== undefined && renewedAt >= since;
    return { tried, renewed, tryingMs: tried ? now - (tryingSince ?? now) : 0 };
  }

  /**
   * Changes when a renewal begins or ends; undefined while one is under way. A look during which it changed may have
   * seen the receiver stopped between the one statement and the other, and tells nothing.
   */
  undisturbed(name: string): number | undefined {
    const { renewing, renewals } = this.#of(name);
    return renewing ? undefined : renewals;
  }

  settle(name: string): void {
    this.#settled.add(name);
  }

  /**
   * `oneByOne`: the primary may be waiting for acknowledgements, which stop for that moment. The first one is asked
   * alone; once it has lost the primary, or is kept waiting by it, the others at once.
   */
  mayRenew(name: string, oneByOne: boolean): boolean {
    const { state, renewing } = this.#of(name);
    if (renewing || state === 'stopped') return false;
    if (state === 'connecting') return true;
    const now = this.#clock.monotonic();
    if (now < this.#quietUntil) return false;
    if (!oneByOne || this.#asked.size === 0) return true;
    return [...this.#asked].some(([each, since]) => this.#settled.has(each) || now - since >= aloneMs);
  }

  async renew(name: string, renewal: () => Promise<void>): Promise<void> {
    const receiver = this.#of(name);
    receiver.renewing = true;
    receiver.renewals += 1;
    this.#asked.set(name, this.#clock.monotonic());
    try {
      await renewal();
      receiver.triedAt = this.#clock.monotonic();
      receiver.renewedAt = receiver.triedAt;
      receiver.tryingSince = receiver.triedAt;
      receiver.state = 'connecting';
    } catch (thrown) {
      this.settle(name);
      throw thrown;
    } finally {
      receiver.renewing = false;
    }
  }

  /** The replicas are fed: their receivers are left alone for longer and longer. */
  areFed(): void {
    const now = this.#clock.monotonic();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }

  #of(name: string): Receiver {
    const known = this.#known.get(name);
    if (known) return known;
    const receiver: Receiver = { renewing: false, renewals: 0 };
    this.#known.set(name, receiver);
    return receiver;
  }
}
