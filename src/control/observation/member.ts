/** One server that is watched: the connection to it, what was last seen, and under which addresses. */

import { asFault, type Fault, type FaultCode } from '../../contract/errors.ts';
import { acknowledgingAfter, noneCameAfter } from '../../core/acknowledging.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { countdown, withDeadline } from '../../core/deadline.ts';
import type { ServerLink } from '../../core/engine.ts';
import { type Address, formatAddress, type ServerId, sameAddress, serverId } from '../../core/identity.ts';
import type { Observation, ProbeFailure } from '../../core/observation.ts';
import type { Acknowledging } from '../../core/topology.ts';

/** A server that has never answered is known by its address until it does. */
export const unseenId = (address: Address): ServerId => serverId(`unseen-${formatAddress(address)}`);

const failureCodes: Partial<Record<FaultCode, ProbeFailure['code']>> = {
  'server-unreachable': 'unreachable',
  'connection-lost': 'reset',
  'deadline-exceeded': 'timed-out',
  'access-denied': 'access-denied',
};

function failureCode({ code, details }: Fault): ProbeFailure['code'] {
  if (details.full === true) return 'too-many-connections';
  return details.refused === true ? 'refused' : (failureCodes[code] ?? 'failed');
}

export class Member {
  readonly link: ServerLink;
  readonly address: Address;
  /** The configuration names it: it is shown even when it never answers. */
  readonly configured: boolean;
  readonly #clock: Clock;
  aliases: readonly Address[];
  seen: Observation | undefined;
  /** The look before the last: compared with a primary's last one, it is not the younger of the two. */
  previous: Observation | undefined;
  failure: ProbeFailure | undefined;
  failures = 0;
  /** Since when what its engine logs does not reach its disk; kept by whoever watches it as the primary. */
  stalledSince: number | undefined;
  /** For what a dead source's commits waited for. */
  acknowledging: Acknowledging | undefined;
  /** Of a source: since when none of those has come to it. */
  noneCameSince: number | undefined;
  /** How often it came back from the dead by itself lately, once that is often. */
  returns: number | undefined;

  constructor(parts: { link: ServerLink; clock: Clock; configured: boolean }) {
    this.link = parts.link;
    this.address = parts.link.address;
    this.configured = parts.configured;
    this.#clock = parts.clock;
    this.aliases = [this.address];
  }

  get id(): ServerId {
    return this.seen?.server ?? unseenId(this.address);
  }

  get reachable(): boolean {
    return this.seen !== undefined && this.failure === undefined;
  }

  answersTo(address: Address): boolean {
    const announced = this.seen?.announced;
    const resolved = this.seen?.resolved;
    return [...this.aliases, announced, resolved].some(
      (own) => own !== undefined && sameAddress(own, address),
    );
  }

  /** One look, bounded; never throws. */
  async look(call: Call): Promise<void> {
    try {
      const seen = await this.#probe(call);
      this.acknowledging = acknowledgingAfter(this.acknowledging, this.seen, seen);
      this.noneCameSince = noneCameAfter(this.noneCameSince, this.seen, seen);
      this.previous = this.seen;
      this.seen = seen;
      this.failure = undefined;
      this.failures = 0;
    } catch (thrown) {
      // Whoever asked gave up: that says nothing about the server.
      if (call.signal.aborted) return;
      const fault = asFault(thrown);
      const { message } = fault;
      this.failure = { address: this.address, at: this.#clock.now(), code: failureCode(fault), message };
      this.failures += 1;
    }
  }

  /**
   * A connection that ended under it tells little: another look, which had less time left, may have given it up for
   * both. What a new one meets does.
   */
  async #probe(call: Call): Promise<Observation> {
    const left = countdown(this.#clock, call);
    const once = (): Promise<Observation> =>
      withDeadline(this.#clock, left(), 'probe', (signal) => this.link.probe({ ...left(), signal }));
    try {
      return await once();
    } catch (thrown) {
      if (asFault(thrown).code !== 'connection-lost' || call.signal.aborted) throw thrown;
      return await once();
    }
  }
}
