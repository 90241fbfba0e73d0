/** One cluster under watch: its servers, its routes, what is wrong with it, and the facts for a plan. */
import type { Call, Clock } from '../core/clock.ts';
import { diagnose } from '../core/diagnosis/diagnose.ts';
import type { Engine } from '../core/engine.ts';
import type { Finding } from '../core/finding.ts';
import type { ServerId } from '../core/identity.ts';
import type { RouteFactory } from '../core/route.ts';
import { type Planned, planSwitchover } from '../core/switchover/plan-switchover.ts';
import { type Node, primaries, type Topology } from '../core/topology.ts';
import type { ClusterSetup } from './cluster-setup.ts';
import { ClusterWatch, type WatchTiming } from './observation/cluster-watch.ts';
import { RouteWatch } from './observation/route-watch.ts';

export interface WatchedClusterParts {
  readonly setup: ClusterSetup;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly timing: WatchTiming;
  readonly routes: RouteFactory;
}

/** Schema in the cluster that holds the hand-over journal. */
const schema = 'dauphin';

export class WatchedCluster {
  readonly setup: ClusterSetup;
  readonly engine: Engine;
  readonly servers: ClusterWatch;
  readonly routes: RouteWatch;
  readonly #timing: WatchTiming;

  constructor({ setup, engine, clock, timing, routes }: WatchedClusterParts) {
    this.setup = setup;
    this.engine = engine;
    this.#timing = timing;
    this.routes = new RouteWatch(setup.policy.routes, routes, clock);
    this.servers = new ClusterWatch({
      policy: setup.policy,
      engine,
      timing,
      context: {
        clock,
        admin: setup.admin,
        ...(setup.replication === undefined ? {} : { replication: setup.replication }),
        longTransactionSeconds: setup.policy.longTransactionSeconds,
        schema,
      },
    });
  }

  topology(): Topology {
    return this.servers.topology();
  }

  /**
   * The one that takes the writes, when there is exactly one and it answers. One that was last seen writable and is
   * silent still counts: that this controller cannot reach it does not make another the primary.
   */
  primary(topology: Topology = this.topology()): Node | undefined {
    const writable = primaries(topology).filter((node) => node.seen?.writeMode === 'writable');
    const [only] = writable;
    return writable.length === 1 && only?.reachable ? only : undefined;
  }

  findings(): readonly Finding[] {
    const topology = this.topology();
    const routes = this.routes.findings(topology.cluster, this.primary(topology));
    return [...diagnose(topology, this.setup.policy), ...routes];
  }

  /** Looks at all servers and routes now and plans on what it sees. */
  async plan(to: ServerId | undefined, signal: AbortSignal): Promise<Planned> {
    const call: Call = { signal, deadlineMs: this.#timing.deadlineMs };
    const [routes] = await Promise.all([this.routes.look(call), this.servers.lookAtAll(signal)]);
    // Errant transactions are only told from a look at the primary that is younger than those at its replicas.
    await Promise.all(primaries(this.topology()).map(({ id }) => this.servers.lookAgain(id, signal)));
    const topology = this.topology();
    const request = { cluster: topology.cluster, ...(to === undefined ? {} : { to }) };
    return planSwitchover({ topology, policy: this.setup.policy, routes }, request, this.engine);
  }
}
