/** The route port: where clients are sent. */
import type { Call } from './clock.ts';
import { type Address, sameAddress } from './identity.ts';
import type { ClusterPolicy, RouteSettings } from './policy.ts';

export interface RouteState {
  /** Where new clients go now; undefined when the route has no server in use. */
  readonly target?: Address;
  readonly held: boolean;
  /** Other servers to which it leads too: some clients come out there. */
  readonly also?: readonly Address[];
  /** Servers to which it could not be moved now, because nobody there would do it. */
  readonly barred?: readonly Address[];
}

export const cannotMoveTo = ({ barred = [] }: RouteState, server: Address): boolean =>
  barred.some((address) => sameAddress(address, server));

/** Nobody who answers has it, and nobody answers for `server`. */
export const mayBeAt = (state: RouteState, server: Address): boolean =>
  state.target === undefined && cannotMoveTo(state, server);

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

/** What rules and plans must know of a route; they do not ask for its kind. */
export interface RouteTraits {
  /** New clients can be made to wait. */
  readonly canHold: boolean;
  /** The address that the agents carry, with its prefix: it comes to no server without an agent of its own. */
  readonly carries?: string;
}

export function routeTraits(settings: RouteSettings): RouteTraits {
  switch (settings.kind) {
    case 'haproxy':
      return { canHold: settings.frontend !== undefined };
    case 'vip':
      return { canHold: true, carries: settings.address };
  }
}

/** `cluster`: the one whose clients come by it. Asked twice for the same, it gives the same object. */
export type RouteFactory = (
  settings: RouteSettings,
  cluster: Pick<ClusterPolicy, 'name' | 'servers'>,
) => Route;
