/**
 * Looks at a cluster's routes and keeps them on the primary. A route forgets what it was told when it restarts,
 * and may have been away during a hand-over; both show as drift, and drift is mended.
 */

import { asFault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Finding } from '../../core/finding.ts';
import { type Address, type ClusterName, formatAddress, sameAddress } from '../../core/identity.ts';
import type { ClusterPolicy } from '../../core/policy.ts';
import { cannotMoveTo, mayBeAt, type Route, type RouteFactory, type RouteState } from '../../core/route.ts';
import type { Node } from '../../core/topology.ts';

interface Seen {
  readonly state: RouteState | undefined;
  readonly problem?: string;
  /** Looks in a row in which it led nowhere. */
  readonly nowhere: number;
}

/** One look may fall into somebody's hand-over. */
const looksToBelieve = 2;

export class RouteWatch {
  readonly #routes: readonly Route[];
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(
    cluster: Pick<ClusterPolicy, 'name' | 'servers' | 'routes'>,
    factory: RouteFactory,
    clock: Clock,
  ) {
    this.#routes = cluster.routes.map((settings) => factory(settings, cluster));
    this.#clock = clock;
  }

  /** A fresh look at every route; undefined where one does not answer. */
  async look(call: Call): Promise<ReadonlyMap<string, RouteState | undefined>> {
    await Promise.all(this.#routes.map((route) => this.#lookAt(route, call)));
    return new Map([...this.#seen].map(([name, { state }]) => [name, state]));
  }

  /** Routes that do not lead to `primary`, or that still hold clients; where one cannot be moved there now, it is not tried. */
  adrift(primary: Node): readonly Route[] {
    return this.#routes.filter((route) => {
      const state = this.#seen.get(route.settings.name)?.state;
      if (state === undefined || cannotMoveTo(state, primary.address)) return false;
      return state.held || !state.target || leadsElsewhere(primary, state).length > 0;
    });
  }

  findings(cluster: ClusterName, primary: Node | undefined): readonly Finding[] {
    return [...this.#seen].flatMap(([name, { state, problem, nowhere }]) => {
      if (!state) return [unreachable(cluster, name, problem ?? 'no answer')];
      if (!primary) return [];
      if (mayBeAt(state, primary.address)) {
        return [unreachable(cluster, name, `the agent on the host of ${primary.name} is silent`)];
      }
      if (nowhere >= looksToBelieve) return [leadsNowhere(cluster, name, primary.address)];
      return leadsElsewhere(primary, state).map((target) =>
        elsewhere(cluster, name, target, primary.address),
      );
    });
  }

  async #lookAt(route: Route, call: Call): Promise<void> {
    const { name } = route.settings;
    try {
      const state = await withDeadline(this.#clock, call, `look at ${name}`, (signal) =>
        route.look({ ...call, signal }),
      );
      const before = this.#seen.get(name)?.nowhere ?? 0;
      this.#seen.set(name, { state, nowhere: state.held && !state.target ? before + 1 : 0 });
    } catch (thrown) {
      this.#seen.set(name, { state: undefined, problem: asFault(thrown).message, nowhere: 0 });
    }
  }
}

const leadsElsewhere = (primary: Node, { target, also = [] }: RouteState): readonly Address[] =>
  [...(target ? [target] : []), ...also].filter((address) => !isAt(primary, address));

/** A route knows IP addresses only; the primary may be configured by name. */
function isAt(server: Node, target: Address): boolean {
  const own = [server.address, ...server.aliases, server.seen?.resolved];
  return own.some((address) => address !== undefined && sameAddress(address, target));
}

function unreachable(cluster: ClusterName, name: string, problem: string): Finding {
  return {
    code: 'route-unreachable',
    severity: 'warning',
    cluster,
    summary: `route ${name} does not answer: ${problem}`,
    evidence: { route: name, problem },
    blocks: ['switchover'],
    downtimed: false,
  };
}

function elsewhere(cluster: ClusterName, name: string, target: Address, primary: Address): Finding {
  return {
    code: 'route-elsewhere',
    severity: 'critical',
    cluster,
    summary: `route ${name} sends clients to ${formatAddress(target)}, the primary is ${formatAddress(primary)}`,
    evidence: { route: name, target: formatAddress(target), primary: formatAddress(primary) },
    blocks: [],
    downtimed: false,
  };
}

function leadsNowhere(cluster: ClusterName, name: string, primary: Address): Finding {
  return {
    code: 'route-elsewhere',
    severity: 'critical',
    cluster,
    summary: `route ${name} leads nowhere, the primary is ${formatAddress(primary)}`,
    evidence: { route: name, target: 'nowhere', primary: formatAddress(primary) },
    blocks: [],
    downtimed: false,
  };
}
