/** Servers, agent and controller of one scenario, and what they have been through. */
import { systemClock } from '../../src/control/system-clock.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Position } from '../../src/core/positions.ts';
import { engines } from '../../src/engines/registry.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { followByCoordinates, goesByGtid, hasReceivedAll } from '../kit/coordinates.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { until } from '../kit/deadline.ts';
import { follow, stopReplicating } from '../kit/replication.ts';
import type { SqlClient } from '../kit/sql.ts';
import { type Look, lookAt } from './look.ts';
import { type Name, names, type Scenario } from './scenario.ts';
import { createTable, firstFreeId } from './table.ts';

const SETTLE_MS = 20_000;
const SEEN_MS = 10_000;
/** The controller is to know of every step soon: that it would within a second is not what is played here. */
const LOOK_EVERY_MS = 200;

export type Setting = Pick<
  Scenario,
  'replicas' | 'under' | 'byOffset' | 'agent' | 'rules' | 'policy' | 'serverArgs'
>;

export class Stage implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly control: TestControl;
  readonly agent: AgentProcess | undefined;
  /** The id of the next row. */
  nextId = firstFreeId;
  /** What is inserted is inserted here. */
  primary: Name = 'p';
  readonly #resources: AsyncDisposableStack;

  private constructor(parts: Pick<Stage, 'cluster' | 'control' | 'agent'>, resources: AsyncDisposableStack) {
    this.cluster = parts.cluster;
    this.control = parts.control;
    this.agent = parts.agent;
    this.#resources = resources;
  }

  static async set(scenario: Setting, engine: SqlEngineKind): Promise<Stage> {
    await using resources = new AsyncDisposableStack();
    const { replicas = 4, serverArgs, rules = {} } = scenario;
    const cluster = resources.use(
      await startCluster({ engine, replicas, names, ...(serverArgs ? { serverArgs } : {}) }),
    );
    await arrange(cluster, scenario);
    if (scenario.byOffset) await followByCoordinates(cluster);
    await cluster.primary.query(createTable);
    const agent = scenario.agent && resources.use(await startAgent(cluster.primary, { mayStart: false }));
    const settings = Object.fromEntries(
      names.map((name) => [
        name,
        {
          ...(rules[name] === undefined ? {} : { promotionRule: rules[name] }),
          ...(name === 'p' && agent ? { agent: agent.address } : {}),
        },
      ]),
    );
    const control = await startControl(cluster, {
      settings,
      ...(scenario.policy ? { policy: scenario.policy } : {}),
      parts: {
        timing: { intervalMs: LOOK_EVERY_MS, deadlineMs: 1000 },
        ...(agent ? { agents: () => agent.agent } : {}),
      },
    });
    resources.use(control);
    const stage = new Stage({ cluster, control, agent }, resources.move());
    try {
      await stage.settle();
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
    return stage;
  }

  server(name: Name): DatabaseServer {
    return this.cluster.server(name);
  }

  get all(): readonly Name[] {
    return names.filter((name) => this.cluster.servers.some((each) => each.name === name));
  }

  get running(): readonly Name[] {
    return this.all.filter((name) => this.server(name).running);
  }

  nameAt(address: string | undefined): Name | undefined {
    return names.find((name) =>
      this.cluster.servers.some(
        (each) => each.name === name && `${each.address.host}:${each.address.port}` === address,
      ),
    );
  }

  /** A session that ends with the scenario. */
  keep(client: SqlClient): void {
    this.#resources.defer(() => client.close());
  }

  /** Every server that receives has received what its source has; every one that applies has applied it. */
  async settle(): Promise<void> {
    await until('the servers to settle', { deadlineMs: SETTLE_MS, everyMs: 10 }, async () => {
      for (const name of this.running) {
        const look = await lookAt(this.server(name));
        if (!(await this.#settled(name, look))) return false;
      }
      return true;
    });
  }

  async #settled(name: Name, look: Look): Promise<boolean> {
    const { source, receiver, applier, received, applied } = look;
    const above = this.nameAt(source);
    if (receiver === 'stopped' || above === undefined || !this.running.includes(above)) return true;
    if (receiver === 'trying') return false;
    const theirs = await lookAt(this.server(above));
    const lacks = (wanted: Position, held: Position): boolean =>
      engines[this.cluster.engine].positions.missing(wanted, held).count > 0;
    const own = this.server(name);
    if (await goesByGtid(own)) {
      if (lacks(theirs.applied, received)) return false;
    } else if (!(await hasReceivedAll(own, this.server(above)))) return false;
    return applier === 'stopped' || !lacks(theirs.applied, applied);
  }

  /** The controller has looked at every server since now. */
  async seen(): Promise<void> {
    const since = systemClock.now();
    const { running } = this;
    await until('the controller to see it', { deadlineMs: SEEN_MS, everyMs: 10 }, async () =>
      this.control.controller
        .topology('orders')
        .nodes.every(({ name, reachable, seen, failure }) =>
          running.some((each) => each === name)
            ? reachable && (seen?.observedAt ?? 0) - (seen?.tookMs ?? 0) >= since
            : (failure?.at ?? 0) >= since,
        ),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

async function arrange(cluster: Cluster, { under = {} }: Setting): Promise<void> {
  for (const name of names) {
    const source = under[name];
    if (source === undefined) continue;
    if (name !== 'p') await stopReplicating(cluster.server(name));
    await follow(cluster.server(name), cluster.server(source));
  }
}
