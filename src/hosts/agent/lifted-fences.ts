/**
 * Tells a fence that comes late from one that is meant. A controller that gave a request up may have lifted the fence
 * since, or another operation may; what was sent can still arrive, and would put down a server that serves. So can what
 * lifts a fence: it would bring up, writable, a server that a later operation has fenced and replaced.
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
  #latest: Named | undefined;
  /** The latest operation that has fenced. */
  #holder: Named | undefined;

  /** `holder`: of the fence that holds, when the agent before this one wrote one down. */
  constructor(clock: Clock, holder?: OperationId) {
    this.#clock = clock;
    this.hold(holder);
  }

  /** The latest operation whose fence this is, to be written down with it. */
  get holder(): OperationId | undefined {
    return this.#holder?.operation;
  }

  /** This operation fences. A fence in nobody's name leaves the one before its holder. */
  hold(operation: OperationId | undefined): void {
    this.#holder = this.#later(this.#holder, operation);
  }

  /** This operation lifts the fence. */
  note(operation: OperationId | undefined): void {
    this.#latest = this.#later(this.#latest, operation);
  }

  /** Throws `refused` when this operation's fence has been lifted already. */
  refuse(operation: OperationId | undefined): void {
    const latest = this.#remembered(this.#latest);
    if (!latest || operation === undefined || operation > latest.operation) return;
    throw new Fault('refused', `the fence of ${operation} comes late: ${latest.operation} has lifted it`);
  }

  /** Throws `refused` when a later operation than this one has fenced, or has lifted a fence, since. */
  refuseLift(operation: OperationId | undefined): void {
    for (const named of [this.#holder, this.#latest]) {
      const later = this.#remembered(named);
      if (later && operation !== undefined && operation < later.operation)
        throw new Fault('refused', `${operation} lifts its fence late: ${later.operation} has come since`);
    }
  }

  #later(known: Named | undefined, operation: OperationId | undefined): Named | undefined {
    if (operation === undefined || (known && known.operation > operation)) return known;
    return { operation, at: this.#clock.monotonic() };
  }

  #remembered(named: Named | undefined): Named | undefined {
    return named && this.#clock.monotonic() - named.at > rememberedMs ? undefined : named;
  }
}

interface Named {
  readonly operation: OperationId;
  /** By the monotonic clock. */
  readonly at: number;
}
