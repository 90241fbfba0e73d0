/**
 * What is remembered of a suspected server between inquests, until it answers this controller again: so that the next
 * inquest, that of a failover about to begin among them, need not wait for every silence anew.
 */
import { asFault, type FaultCode } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Member } from '../observation/member.ts';
import { Receivers } from './receivers.ts';

/** Stopping a receiver that waits for its source's answer takes a server a while. */
const renewMs = 5000;
/** What may have stopped a receiver and not started it again. */
const cutShort: ReadonlySet<FaultCode> = new Set(['deadline-exceeded', 'connection-lost']);
/** Between two looks at whether the operation that has the receivers in hand has ended. */
const busyLookMs = 250;
const busyMs = 30_000;
/** A silence longer ago than this is no reason for impatience. */
const freshMs = 5000;

export interface EpisodeParts {
  readonly clock: Clock;
  /** Ends with the detector and not with an inquest: a receiver must not be left stopped halfway. */
  readonly lifetime: AbortSignal;
  /** An operation has the cluster's receivers in hand. */
  busy(): boolean;
}

export class Episode {
  readonly receivers: Receivers;
  readonly #parts: EpisodeParts;
  readonly #work = new Set<Promise<void>>();
  #silentAt: number | undefined;

  constructor(parts: EpisodeParts) {
    this.#parts = parts;
    this.receivers = new Receivers(parts.clock);
  }

  /** The controller has asked it anew and got no answer. */
  wasSilent(): void {
    this.#silentAt = this.#parts.clock.monotonic();
  }

  get silentBefore(): boolean {
    return this.#silentAt !== undefined && this.#parts.clock.monotonic() - this.#silentAt < freshMs;
  }

  get lifetime(): AbortSignal {
    return this.#parts.lifetime;
  }

  /** Does not wait: how it turns out shows in the replica's next look. */
  renew(name: string, member: Member, channel: string): void {
    const work = this.receivers
      .renew(name, () => this.#connectAnew(member, channel))
      .catch((thrown: unknown) => this.#startAgain(member, asFault(thrown).code))
      .catch(() => undefined)
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  async close(): Promise<void> {
    await Promise.all(this.#work);
  }

  async #connectAnew({ link }: Member, channel: string): Promise<void> {
    const { clock, lifetime } = this.#parts;
    const call = { signal: lifetime, deadlineMs: renewMs };
    await withDeadline(clock, call, 'connect anew', (signal) =>
      link.renewReceiver(channel, { ...call, signal }),
    );
  }

  /** Only what was sent can have stopped it, or an operation that took the connection away in between when it ended. */
  async #startAgain({ link }: Member, failure: FaultCode): Promise<void> {
    const { clock, lifetime, busy } = this.#parts;
    const call = { signal: lifetime, deadlineMs: renewMs };
    if (!cutShort.has(failure) || lifetime.aborted) return;
    // One that takes longer has gathered: it puts receivers back by itself.
    const until = clock.monotonic() + busyMs;
    while (busy() && clock.monotonic() < until) await clock.sleep(busyLookMs, lifetime);
    if (busy()) return;
    await withDeadline(clock, call, 'receive', (signal) => link.startReceiving({ ...call, signal }));
  }
}
