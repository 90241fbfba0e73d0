/** A cluster, with agents or without, one of whose replicas somebody wrote to. */

import type { PlanAnswer, RepairAsked } from '../../src/control/control-plane.ts';
import { Controller } from '../../src/control/controller.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { HostAgent } from '../../src/core/host.ts';
import { type Address, clusterName, formatAddress } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { JournalEntry, Operation, StepOutput } from '../../src/core/operation.ts';
import type { Verb } from '../../src/core/plan.ts';
import type { RepairMeans } from '../../src/core/policy.ts';
import { openSalvageShelf } from '../../src/stores/files/salvage-shelf.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { type Agents, startAgents } from '../kit/agents.ts';
import { type Cluster, type ClusterShape, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, controllerParts, startControl, TestControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';
import type { Doom } from '../kit/doomed-controller-process.ts';
import { runDoomed } from '../kit/run-doomed.ts';

const REPAIR_MS = 120_000;

export interface RepairStory {
  readonly engine: SqlEngineKind;
  readonly agents?: boolean;
  readonly shape?: ClusterShape;
}

interface Parts {
  readonly cluster: Cluster;
  readonly options: ControlOptions;
}

const storePath = ({ folder }: Cluster): string => `${folder}/store.db`;
const openStore = (cluster: Cluster) => openSqliteStore({ path: storePath(cluster), clock: systemClock });

function agentAt(agents: Agents, { servers }: Cluster, address: Address): HostAgent {
  const found = servers.find(({ name }) => formatAddress(agents.of(name).address) === formatAddress(address));
  return agents.of(found?.name ?? '').agent;
}

function optionsOf(cluster: Cluster, agents: Agents | undefined): ControlOptions {
  const shelf = openSalvageShelf(`${cluster.folder}/salvaged`);
  if (agents === undefined) return { parts: { shelf } };
  return {
    settings: Object.fromEntries(
      cluster.servers.map(({ name }) => [name, { agent: agents.of(name).address }]),
    ),
    parts: { shelf, agents: (address) => agentAt(agents, cluster, address) },
  };
}

export class RepairScene implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly #options: ControlOptions;
  readonly #resources: AsyncDisposableStack;
  #control: TestControl;

  private constructor({ cluster, options }: Parts, control: TestControl, resources: AsyncDisposableStack) {
    this.cluster = cluster;
    this.#options = options;
    this.#control = control;
    this.#resources = resources;
  }

  static async start({ engine, agents: wanted = true, shape }: RepairStory): Promise<RepairScene> {
    await using resources = new AsyncDisposableStack();
    const cluster = resources.use(await startCluster({ engine, replicas: 2, ...(shape && { shape }) }));
    const agents = wanted ? resources.use(await startAgents(cluster.servers, cluster.folder)) : undefined;
    const options = optionsOf(cluster, agents);
    await cluster.primary.query(
      'create table app.t (id int primary key auto_increment, v varchar(40)) engine=innodb',
    );
    await cluster.primary.query("insert into app.t (v) values ('everywhere')");
    await cluster.caughtUp();
    const control = await startControl(cluster, { ...options, store: await openStore(cluster) });
    return new RepairScene({ cluster, options }, control, resources.move());
  }

  server(name: string): DatabaseServer {
    return this.cluster.server(name);
  }

  /** Somebody with the privilege for it writes to a read-only replica. */
  async stray(name: string, ...statements: readonly string[]): Promise<void> {
    const mysql = this.cluster.engine === 'mysql';
    const server = this.server(name);
    if (mysql) await server.query('set global super_read_only = 0');
    for (const statement of statements) await server.query(statement);
    if (mysql) await server.query('set global super_read_only = 1');
  }

  ask(server: string, by?: RepairMeans): RepairAsked {
    return { cluster: 'orders', server, requestedBy: 'test', ...(by === undefined ? {} : { by }) };
  }

  /** What a dry run shows. */
  plan(server: string, by?: RepairMeans): Promise<PlanAnswer> {
    return this.#control.controller.planRepair(this.ask(server, by));
  }

  async repair(server: string, by?: RepairMeans): Promise<Operation> {
    const answer = await this.#control.controller.repair(this.ask(server, by));
    return answer.ok ? this.#control.ended(answer.operation.id, REPAIR_MS) : answer.operation;
  }

  /** A controller that is killed in the middle of the repair, and the one that carries on. */
  async repairInterrupted(
    server: string,
    moment: Pick<Doom, 'step' | 'event' | 'when' | 'delayMs'>,
    by?: RepairMeans,
  ): Promise<Operation> {
    await this.#control[Symbol.asyncDispose]();
    const { cluster } = this;
    const [setup] = controllerParts(cluster, this.#options).clusters;
    if (!setup) throw new Error('no cluster');
    const hosts = { authority: `${cluster.folder}/data`, shelf: `${cluster.folder}/salvaged` };
    const ask = { what: 'repair', ...(by === undefined ? {} : { by }) } as const;
    await runDoomed({ ...moment, setup, storePath: storePath(cluster), to: server, hosts, ask });
    const controller = new Controller(
      controllerParts(cluster, { ...this.#options, store: await openStore(cluster) }),
    );
    await controller.start();
    this.#control = new TestControl(controller, clusterName('orders'));
    const operations = await controller.operations({ limit: 10 });
    const left = operations.find(({ kind, status }) => kind === 'repair' && status !== 'refused');
    if (!left) throw new Error(`the repair is not on record: ${JSON.stringify(operations)}`);
    return this.#control.ended(left.id, REPAIR_MS);
  }

  findings(name: string): readonly string[] {
    const { controller } = this.#control;
    const id = controller.topology('orders').nodes.find((node) => node.name === name)?.id;
    return controller.findings('orders').flatMap((each) => (each.server === id ? [each.summary] : []));
  }

  /** The controller looks once a second. */
  async seenErrant(name: string): Promise<void> {
    await until(`${name} to be seen errant`, SOON, async () => {
      const { nodes } = this.#control.controller.topology('orders');
      return nodes.find((node) => node.name === name)?.errant;
    });
  }

  journalOf({ id }: Operation): Promise<readonly JournalEntry[]> {
    return this.#control.controller.journal(id);
  }

  async outputOf(operation: Operation, verb: Verb): Promise<StepOutput | undefined> {
    const step = operation.plan?.steps.find(({ action }) => action.verb === verb)?.id;
    const journal = await this.journalOf(operation);
    return journal.flatMap(({ what }) =>
      what.event === 'step-done' && what.step === step && what.output ? [what.output] : [],
    )[0];
  }

  async values(name: string): Promise<readonly (string | null | undefined)[]> {
    const rows = await this.server(name).query('select v from app.t order by v');
    return rows.map(({ v }) => v);
  }

  /** A row written on the primary now comes to it. */
  async expectFollows(name: string, id = 100): Promise<void> {
    await this.cluster.primary.query(`insert into app.t (id, v) values (${id}, 'afterwards ${id}')`);
    await this.seesRow(name, id);
  }

  async seesRow(name: string, id: number): Promise<void> {
    await until(`${name} to have row ${id}`, SOON, async () =>
      (await this.values(name)).includes(`afterwards ${id}`) ? true : undefined,
    );
  }

  /** MariaDB, strict: the primary goes on, and its transactions have no place in the replica's log any more. */
  async brokenAfterWrites(name: string): Promise<void> {
    for (const id of [60, 61, 62])
      await this.cluster.primary.query(`insert into app.t (id, v) values (${id}, 'meanwhile ${id}')`);
    await until(`${name} to stop`, SOON, async () => {
      const [channel] = await this.server(name).query('show slave status');
      return channel?.Last_SQL_Errno === '1950' ? true : undefined;
    });
  }

  /** Nothing is errant any more, by a fresh look. */
  async expectNothingErrant(name: string): Promise<void> {
    await until(`${name} to have nothing of its own`, SOON, async () => {
      const answer = await this.plan(name);
      return !answer.ok && answer.refusals[0]?.code === 'nothing-to-repair' ? true : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control[Symbol.asyncDispose]();
    await this.#resources.disposeAsync();
  }
}
