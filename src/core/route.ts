/** The route port: where clients are sent. */
import type { Call } from './clock.ts';
import type { Address } from './identity.ts';
import type { RouteSettings } from './policy.ts';

export interface RouteState {
  /** Where new clients go now; undefined when the route has no server in use. */
  readonly target?: Address;
  readonly held: boolean;
  /** Other servers to which it leads too: some clients come out there. */
  readonly also?: readonly Address[];
  /** Servers to which it could not be moved now, because nobody there would do it. */
  readonly barred?: readonly Address[];
}

export interface Route {
  readonly settings: RouteSettings;
  look(call: Call): Promise<RouteState>;
  /**
   * New clients wait; those connected go on, where the route can tell the one from the other (a `vip` cannot). Safe to
   * repeat.
   */
  hold(call: Call): Promise<void>;
  /** New clients go on, to `to`; sessions to any other address are ended. Safe to repeat, also when not held. */
  release(to: Address, call: Call): Promise<void>;
}

/** Whether new clients can be made to wait. */
export const canHold = (settings: RouteSettings): boolean =>
  settings.kind !== 'haproxy' || settings.frontend !== undefined;

export type RouteFactory = (settings: RouteSettings) => Route;
