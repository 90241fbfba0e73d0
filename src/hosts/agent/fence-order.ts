/**
 * The order of fences and of what lifts them, as they were given and not as they arrive. A controller that gave a request
 * up may have lifted the fence since, or another operation may; what was sent can still arrive, and would put down a server
 * that serves. So can what lifts a fence: it would bring up, writable, a server that a later order has fenced and replaced.
 */
import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { isLater, type OrderStamp } from '../../core/order-stamp.ts';

/**
 * Longer than what was sent over TCP can be under way (tcp(7), tcp_retries2: 924 s). Not for ever: a store that is set up
 * anew counts its leases from the beginning.
 */
const rememberedMs = 20 * 60_000;

export class FenceOrder {
  readonly #clock: Clock;
  /** The latest that fenced. */
  #fence: Known | undefined;
  /** The latest that lifted a fence. */
  #lift: Known | undefined;

  /** `fence`: the one that holds, when the agent before this one wrote one down. */
  constructor(clock: Clock, fence?: OrderStamp) {
    this.#clock = clock;
    if (fence) this.fenced(fence);
  }

  /** The latest order that fenced, to be written down with the fence. */
  get fence(): OrderStamp | undefined {
    return this.#fence?.stamp;
  }

  /** Nobody's fence, without a stamp, leaves the one before. Throws `refused` when a later order has lifted this one. */
  fenced(stamp: OrderStamp | undefined): void {
    const lift = this.#remembered(this.#lift);
    if (stamp && lift && isLater(lift, stamp))
      throw new Fault(
        'refused',
        `the fence of ${stamp.operation} comes late: ${lift.operation} has lifted it`,
      );
    this.#fence = this.#latest(this.#fence, stamp);
  }

  lifted(stamp: OrderStamp | undefined): void {
    this.requireLift(stamp);
    this.#lift = this.#latest(this.#lift, stamp);
  }

  /** Throws `refused` when a later order than this one has fenced, or has lifted a fence, since. */
  requireLift(stamp: OrderStamp | undefined): void {
    for (const known of [this.#fence, this.#lift]) {
      const other = this.#remembered(known);
      if (stamp && other && isLater(other, stamp))
        throw new Fault(
          'refused',
          `${stamp.operation} lifts its fence late: ${other.operation} has come since`,
        );
    }
  }

  #latest(known: Known | undefined, stamp: OrderStamp | undefined): Known | undefined {
    const before = this.#remembered(known);
    if (stamp === undefined || (before && !isLater(stamp, before))) return known;
    return { stamp, at: this.#clock.monotonic() };
  }

  #remembered(known: Known | undefined): OrderStamp | undefined {
    return known && this.#clock.monotonic() - known.at <= rememberedMs ? known.stamp : undefined;
  }
}

interface Known {
  readonly stamp: OrderStamp;
  /** By the monotonic clock. */
  readonly at: number;
}
