/**
 * A model HAProxy: one slot that points at a server, and a frontend that can be held. What it was told at run time
 * is forgotten with a restart, as the real one forgets it.
 */
import { Fault } from '../contract/errors.ts';
import type { Call } from '../core/clock.ts';
import { type Address, formatAddress, sameAddress } from '../core/identity.ts';
import type { RouteSettings } from '../core/policy.ts';
import type { Route, RouteState } from '../core/route.ts';
import type { ProcessModel } from './process-model.ts';
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface RouteWitness {
  /** Right before a change leaves the controller. */
  told(process: ProcessModel, what: string): void;
  /** Clients that were let in are cut off, or those that waited are let in. */
  moved(route: RouteModel): void;
}

export class RouteModel {
  readonly #configured: Address;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #witness: RouteWitness;
  up = true;
  held = false;
  target: Address;

  constructor(parts: { target: Address; clock: VirtualClock; random: Random; witness: RouteWitness }) {
    this.#configured = parts.target;
    this.target = parts.target;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#witness = parts.witness;
  }

  stop(): void {
    this.up = false;
    this.#witness.moved(this);
  }

  start(): void {
    this.up = true;
    this.held = false;
    this.target = this.#configured;
    this.#witness.moved(this);
  }

  /** The port, as one controller process uses it. */
  port(settings: RouteSettings, process: ProcessModel): Route {
    const change = async (what: string, happen: () => void, call: Call): Promise<void> => {
      call.signal.throwIfAborted();
      this.#witness.told(process, what);
      await this.#ask(process, happen);
    };
    return {
      settings,
      look: async (call) => {
        call.signal.throwIfAborted();
        return this.#ask<RouteState>(process, () => ({ target: this.target, held: this.held }));
      },
      hold: (call) =>
        change(
          'hold',
          () => {
            this.held = true;
          },
          call,
        ),
      release: (to, call) => change(`release ${formatAddress(to)}`, () => this.#release(to), call),
    };
  }

  #release(to: Address): void {
    const moves = !sameAddress(to, this.target);
    this.target = to;
    this.held = false;
    if (moves) this.#witness.moved(this);
  }

  #ask<T>(process: ProcessModel, happen: () => T): Promise<T> {
    const answered = Promise.withResolvers<T>();
    const { ok, fail } = process.answer(answered);
    this.#clock.after(this.#random.between(0.05, 0.5), () => {
      const answer = this.up ? { value: happen() } : undefined;
      this.#clock.after(this.#random.between(0.05, 0.5), () => {
        if (answer) ok(answer.value);
        else fail(new Fault('route-unreachable', 'the runtime socket does not answer'));
      });
    });
    return answered.promise;
  }
}
