/**
 * What is remembered of a suspected server between inquests, until it answers this controller again: so that the next
 * inquest, that of a failover about to begin among them, need not wait for every silence anew.
 */
import { asFault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Member } from '../observation/member.ts';
import { Receivers } from './receivers.ts';

/** Stopping a receiver that waits for its source's answer takes a server a while. */
const renewMs = 5000;
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
  renew(name: string, member: Member): void {
    const work = this.receivers
      .renew(name, () => this.#connectAnew(member))
      .catch(() => undefined)
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  async close(): Promise<void> {
    await Promise.all(this.#work);
  }

  async #connectAnew({ link }: Member): Promise<void> {
    const { clock, lifetime, busy } = this.#parts;
    const call = { signal: lifetime, deadlineMs: renewMs };
    const renew = (signal: AbortSignal) => link.renewReceiver({ ...call, signal });
    try {
      await withDeadline(clock, call, 'connect anew', renew);
    } catch (thrown) {
      const fault = asFault(thrown);
      // Only what was sent can have stopped it; an operation starts it again by itself.
      if (fault.code === 'deadline-exceeded' && !lifetime.aborted && !busy()) {
        await withDeadline(clock, call, 'receive', (signal) => link.startReceiving({ ...call, signal }));
      }
      throw fault;
    }
  }
}
