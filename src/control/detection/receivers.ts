/**
 * What is known of the receivers of a suspected primary's replicas, from one inquest to the next, and which of them may
 * be made to connect anew. One that runs loses its connection for a moment by that; one that does not, loses nothing.
 */
import { asFault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { connectMs, type ReceiverHistory } from '../../core/detection/testify.ts';
import type { ReplicationChannel } from '../../core/observation.ts';

type Look = Pick<ReplicationChannel, 'receiver' | 'received'>;
type ChannelLook = Pick<ReplicationChannel, 'receiver' | 'receiverError'>;

interface Receiver {
  /** When it surely tried last: it was made to, or was seen to lose or to find its source. Monotonic milliseconds. */
  triedAt?: number;
  /** When it was made to try last. */
  renewedAt?: number;
  /** Since when it has been trying without success. */
  tryingSince?: number;
  last?: Look;
  /** When something came in last, as far as looks show it; monotonic milliseconds. */
  fedAt?: number;
  renewing: boolean;
  /** Since when looks show it waiting for its source although it is being stopped; monotonic milliseconds. */
  waitsSince?: number;
  renewals: number;
}

/** A try longer ago than this says nothing of now; it is made to try again. */
const staleMs = 3000;
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
  /** Refused in this inquest to try anew, for the sake of what they have received. */
  readonly #spared = new Set<string>();
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
    this.#spared.clear();
  }

  /** `ranBefore`: a look shortly before the suspicion saw it running, so that not running is news. */
  saw(name: string, { receiver: state, received }: Look, ranBefore: boolean): void {
    const receiver = this.#of(name);
    const now = this.#clock.monotonic();
    const before = receiver.last?.receiver ?? (ranBefore ? 'running' : state);
    if (before !== state) receiver.triedAt = now;
    if (state === 'running') delete receiver.tryingSince;
    else receiver.tryingSince ??= now;
    if (receiver.fedAt === undefined || receiver.last?.received !== received) receiver.fedAt = now;
    receiver.last = { receiver: state, ...(received === undefined ? {} : { received }) };
  }

  /**
   * `since`: when the inquest began. That it runs is only proof when it connected after that; a failure is one for as
   * long as it is fresh.
   */
  history(name: string, since: number): ReceiverHistory {
    const { triedAt, renewedAt, tryingSince, fedAt, last } = this.#of(name);
    const now = this.#clock.monotonic();
    const tried =
      triedAt !== undefined && (last?.receiver === 'running' ? triedAt >= since : now - triedAt < staleMs);
    const renewed = renewedAt !== undefined && renewedAt >= since;
    return {
      tried,
      renewed,
      tryingMs: tried ? now - (tryingSince ?? now) : 0,
      ...(this.#spared.has(name) ? { spared: { unfedMs: now - (fedAt ?? now) } } : {}),
    };
  }

  /**
   * Changes when a renewal begins or ends; undefined while one is under way. A look during which it changed may have
   * seen the receiver stopped between the one statement and the other, and tells nothing.
   */
  undisturbed(name: string): number | undefined {
    const { renewing, renewals } = this.#of(name);
    return renewing ? undefined : renewals;
  }

  /**
   * Of a look during a renewal: for how long looks have shown it waiting for its source, milliseconds. One without an
   * error is at a try, and does not wait for the next.
   */
  waitsMs(name: string, channel: ChannelLook | undefined): number {
    const receiver = this.#of(name);
    const waits = channel?.receiver === 'connecting' && channel.receiverError === undefined;
    if (!waits || !receiver.renewing) {
      delete receiver.waitsSince;
      return 0;
    }
    const now = this.#clock.monotonic();
    receiver.waitsSince ??= now;
    return now - receiver.waitsSince;
  }

  settle(name: string): void {
    this.#settled.add(name);
  }

  /**
   * `oneByOne`: the primary may be waiting for acknowledgements, which stop for that moment. The first one is asked
   * alone; once it has lost the primary, or is kept waiting by it, the others at once.
   */
  mayRenew(name: string, oneByOne: boolean): boolean {
    const { last, renewing } = this.#of(name);
    const state = last?.receiver;
    if (renewing || state === 'stopped' || this.#spared.has(name)) return false;
    if (state === 'connecting') return true;
    const now = this.#clock.monotonic();
    if (now < this.#quietUntil) return false;
    if (!oneByOne || this.#asked.size === 0) return true;
    return [...this.#asked].some(([each, since]) => this.#settled.has(each) || now - since >= connectMs);
  }

  async renew(name: string, renewal: () => Promise<void>): Promise<void> {
    const receiver = this.#of(name);
    receiver.renewing = true;
    receiver.renewals += 1;
    delete receiver.waitsSince;
    this.#asked.set(name, this.#clock.monotonic());
    try {
      await renewal();
      receiver.triedAt = this.#clock.monotonic();
      receiver.renewedAt = receiver.triedAt;
      receiver.tryingSince = receiver.triedAt;
      receiver.last = { ...receiver.last, receiver: 'connecting' };
    } catch (thrown) {
      if (asFault(thrown).code === 'replication-broken') this.#spared.add(name);
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
