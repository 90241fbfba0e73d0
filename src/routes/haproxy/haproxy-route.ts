/**
 * The route port over HAProxy: one server slot of one backend, whose address is moved. The backend is to have no
 * other server, or new clients may go there; and the slot no `resolvers`, or they move it back.
 * Runtime changes live as long as the HAProxy process: whoever uses this looks again and again.
 */
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import { type Address, sameAddress } from '../../core/identity.ts';
import type { HaproxySettings } from '../../core/policy.ts';
import type { Route, RouteState } from '../../core/route.ts';
import { refused, throwIfRefused, unreachable } from './faults.ts';
import {
  type Hold,
  heldBy,
  holdCommand,
  holdFor,
  limitBefore,
  limitUnknown,
  unholdCommands,
} from './hold.ts';
import { withIpAddress } from './ip-address.ts';
import { type Reading, readCommands, readRoute, readSlot, slotCommand } from './reading.ts';
import { parseReply, type Reply } from './reply.ts';
import { ask } from './runtime-api.ts';

/** Where the slot pointed, and what is to be undone for new clients to go on. */
interface Before {
  readonly target: Address;
  readonly held?: { readonly hold: Hold; readonly limit: number };
}

/** How long HAProxy 3 gets to take over an address between two looks. */
const SETTLE_MS = 1;

class HaproxyRoute implements Route {
  readonly settings: HaproxySettings;
  readonly #clock: Clock;
  readonly #slot: string;
  /** As it was right before the hold in force; unknown when somebody else held. */
  #before: Before | undefined;

  constructor(settings: HaproxySettings, clock: Clock) {
    this.settings = settings;
    this.#clock = clock;
    this.#slot = `${settings.backend}/${settings.server}`;
  }

  look(call: Call): Promise<RouteState> {
    return this.#within(call, async (signal) => {
      const reading = await this.#read(signal);
      const held = heldBy(reading, this.settings) !== undefined;
      return reading.slot.inUse ? { target: reading.slot.address, held } : { held };
    });
  }

  hold(call: Call): Promise<void> {
    return this.#within(call, async (signal) => {
      if (this.settings.frontend === undefined) return;
      const reading = await this.#read(signal);
      const { address: target } = reading.slot;
      if (heldBy(reading, this.settings)) {
        if (this.#before && !sameAddress(this.#before.target, target)) this.#before = undefined;
        return;
      }
      const hold = holdFor(reading.version);
      // Before the command: when its answer is lost it may have been obeyed all the same.
      this.#before = { target, held: { hold, limit: limitBefore(hold, reading) } };
      await this.#tell([holdCommand(hold, this.settings)], signal);
    });
  }

  /**
   * Clients are let go on in a second line, when the answer to the first shows that the slot points to the new
   * server: HAProxy also runs what follows a failed command, and 3.0 (seen in 3.0.11) obeys `set server addr` a moment
   * after it has answered.
   */
  release(to: Address, call: Call): Promise<void> {
    return this.#within(call, async (signal) => {
      const target = await withIpAddress(to);
      const before = this.#before ?? (await this.#unknownBefore(signal));
      const moves = !sameAddress(before.target, target);
      const shutdown = `shutdown sessions server ${this.#slot}`;
      const point = [
        `set server ${this.#slot} addr ${target.host} port ${target.port}`,
        ...(moves ? [shutdown] : []),
        `set server ${this.#slot} state ready`,
        // A health check that still knows the old server would keep clients away until its next rounds.
        `set server ${this.#slot} health up`,
      ];
      const reply = await this.#tell([...point, slotCommand(this.settings)], signal);
      const movedUnexpectedly = !moves && reply.words.some((line) => line.includes('changed from'));
      const late = await this.#settle(target, reply, signal);
      const { held } = before;
      const finish = [
        ...(movedUnexpectedly || (moves && late) ? [shutdown] : []),
        ...(held ? unholdCommands(held.hold, held.limit, this.settings) : []),
      ];
      if (finish.length > 0) await this.#tell(finish, signal);
      this.#before = undefined;
    });
  }

  /** Whether it took HAProxy until after its answer to point the slot to `target`. */
  async #settle(target: Address, first: Reply, signal: AbortSignal): Promise<boolean> {
    const hasSettled = (reply: Reply): boolean => {
      const slot = readSlot(reply, this.settings);
      return slot !== undefined && sameAddress(slot.address, target);
    };
    if (hasSettled(first)) return false;
    while (!hasSettled(await this.#tell([slotCommand(this.settings)], signal))) {
      await this.#clock.sleep(SETTLE_MS, signal);
    }
    return true;
  }

  async #unknownBefore(signal: AbortSignal): Promise<Before> {
    const reading = await this.#read(signal);
    const hold = heldBy(reading, this.settings);
    if (hold === undefined) return { target: reading.slot.address };
    if (hold === 'frontend' && holdFor(reading.version) !== hold) {
      throw refused(
        this.settings,
        `frontend ${this.settings.frontend} takes 0 connections, and raising that would make version ${reading.version} crash (its issue 2726); reload it`,
      );
    }
    const limit = limitUnknown(hold, reading, this.settings);
    return { target: reading.slot.address, held: { hold, limit } };
  }

  async #read(signal: AbortSignal): Promise<Reading> {
    const reading = readRoute(await this.#tell(readCommands(this.settings), signal), this.settings);
    if (reading === undefined) throw refused(this.settings, `No such server: ${this.#slot}.`);
    if (this.settings.frontend !== undefined && reading.frontendLimit === undefined) {
      throw refused(this.settings, `No such frontend: ${this.settings.frontend}.`);
    }
    return reading;
  }

  async #tell(commands: readonly string[], signal: AbortSignal): Promise<Reply> {
    const reply = parseReply(await ask(this.settings.socket, commands, signal));
    throwIfRefused(this.settings, reply.words);
    return reply;
  }

  async #within<T>(call: Call, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withDeadline(this.#clock, call, `route ${this.settings.name}`, work);
    } catch (thrown) {
      if (call.signal.aborted && thrown === call.signal.reason) throw thrown;
      throw unreachable(this.settings, thrown);
    }
  }
}

export function haproxyRoute(settings: HaproxySettings, clock: Clock): Route {
  return new HaproxyRoute(settings, clock);
}
