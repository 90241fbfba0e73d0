/**
 * Tells a fence that comes late from one that is meant. A controller that gave a request up may have lifted the fence
 * since, or another operation may; what was sent can still arrive, and would put down a server that serves.
 */
import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { OperationId } from '../../core/identity.ts';

/**
 * Longer than what was sent over TCP can be under way (tcp(7), tcp_retries2: 924 s). Not for ever: a controller's clock
 * that is put back makes ids that sort before those it made earlier.
 */
const rememberedMs = 20 * 60_000;

export class LiftedFences {
  readonly #clock: Clock;
  #latest: { readonly operation: OperationId; readonly at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** This operation lifts the fence. */
  note(operation: OperationId | undefined): void {
    if (operation === undefined || (this.#latest && this.#latest.operation > operation)) return;
    this.#latest = { operation, at: this.#clock.monotonic() };
  }

  /** Throws `refused` when this operation's fence has been lifted already. */
  refuse(operation: OperationId | undefined): void {
    const latest = this.#latest;
    if (!latest || operation === undefined || operation > latest.operation) return;
    if (this.#clock.monotonic() - latest.at > rememberedMs) return;
    throw new Fault('refused', `the fence of ${operation} comes late: ${latest.operation} has lifted it`);
  }
}
