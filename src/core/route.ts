/** The route port: where clients are sent. */
import type { Call } from './clock.ts';
import type { Address } from './identity.ts';
import type { RouteSettings } from './policy.ts';

export interface RouteState {
  /** Where new clients go now; undefined when the route has no server in use. */
  readonly target?: Address;
  readonly held: boolean;
}

export interface Route {
  readonly settings: RouteSettings;
  look(call: Call): Promise<RouteState>;
  /** New clients wait; those connected go on. Safe to repeat. */
  hold(call: Call): Promise<void>;
  /** New clients go on, to `to`; sessions to any other address are ended. Safe to repeat, also when not held. */
  release(to: Address, call: Call): Promise<void>;
}

export type RouteFactory = (settings: RouteSettings) => Route;
