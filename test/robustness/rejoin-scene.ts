/** A cluster with agents whose primary writes what no replica receives, dies with its host, and comes back. */

import { expect } from 'vitest';
import { Fault } from '../../src/contract/errors.ts';
import type { PlanAnswer } from '../../src/control/control-plane.ts';
import { Controller } from '../../src/control/controller.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { HostAgent, HostRoom } from '../../src/core/host.ts';
import { type Address, clusterName, formatAddress } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Loss, Operation, SavedSurplus, StepOutput } from '../../src/core/operation.ts';
import type { Verb } from '../../src/core/plan.ts';
import type { FailoverPolicy } from '../../src/core/policy.ts';
import { openSalvageShelf } from '../../src/stores/files/salvage-shelf.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { dauphin } from '../kit/accounts.ts';
import { expectFollows } from '../kit/aftermath.ts';
import { type Agents, startAgents } from '../kit/agents.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, controllerParts, startControl, TestControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';
import type { Doom } from '../kit/doomed-controller-process.ts';
import { type Relay, startRelay } from '../kit/relay.ts';
import { follow } from '../kit/replication.ts';
import { runDoomed } from '../kit/run-doomed.ts';
import { seenAcknowledging } from '../kit/semi-sync.ts';
import { SqlClient } from '../kit/sql.ts';

export interface RejoinStory {
  readonly engine: SqlEngineKind;
  readonly policy?: Partial<FailoverPolicy>;
  readonly serverArgs?: readonly string[];
  /** What the agents say of the room on their disks; default: the truth. */
  readonly room?: HostRoom;
  /** The answer of db1's agent that it took a copy does not arrive, once. */
  readonly losesTaken?: boolean;
  /** The controller reaches db1 by a way that can be cut. */
  readonly relayed?: boolean;
}

export const onlyHere = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `only here ${index}`);

const REJOIN_MS = 120_000;

interface Parts {
  readonly cluster: Cluster;
  readonly agents: Agents;
  readonly options: ControlOptions;
  /** The controller's way to db1, where there is one of its own. */
  readonly relay: Relay | undefined;
}

/** The first answer to it does not arrive. */
function losingTaken(agent: HostAgent): HostAgent {
  const { copies } = agent;
  if (!copies) return agent;
  let lost = false;
  const take: typeof copies.take = async (copy, call) => {
    const taken = await copies.take(copy, call);
    if (lost) return taken;
    lost = true;
    throw new Fault('agent-unreachable', 'its answer was lost');
  };
  return { ...agent, copies: { ...copies, take } };
}

function agentAt(agents: Agents, { servers }: Cluster, address: Address, room?: HostRoom): HostAgent {
  const found = servers.find(({ name }) => formatAddress(agents.of(name).address) === formatAddress(address));
  const { agent } = agents.of(found?.name ?? '');
  if (room === undefined || !agent.data) return agent;
  return { ...agent, data: { ...agent.data, room: async () => room } };
}

const storePath = ({ folder }: Cluster): string => `${folder}/store.db`;

async function openControl(cluster: Cluster, options: ControlOptions): Promise<TestControl> {
  const store = await openSqliteStore({ path: storePath(cluster), clock: systemClock });
  return startControl(cluster, { ...options, store });
}

/** Not waiting for the server, which may be down in the middle of its copy. */
async function carryOn(cluster: Cluster, options: ControlOptions): Promise<TestControl> {
  const store = await openSqliteStore({ path: storePath(cluster), clock: systemClock });
  const controller = new Controller(controllerParts(cluster, { ...options, store }));
  await controller.start();
  return new TestControl(controller, clusterName('orders'));
}

function expectSucceeded({ status, outcome }: Operation, loss: Partial<Loss>): void {
  expect(outcome?.cause).toBeUndefined();
  expect(outcome?.loss).toMatchObject(loss);
  expect(status).toBe('succeeded');
}

export class RejoinScene implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly #parts: Parts;
  readonly #resources: AsyncDisposableStack;
  #control: TestControl;
  #primary = 'db1';

  private constructor(parts: Parts, control: TestControl, resources: AsyncDisposableStack) {
    this.cluster = parts.cluster;
    this.#parts = parts;
    this.#control = control;
    this.#resources = resources;
  }

  static async start(story: RejoinStory): Promise<RejoinScene> {
    const { engine, policy, serverArgs, room, losesTaken, relayed } = story;
    await using resources = new AsyncDisposableStack();
    const cluster = resources.use(
      await startCluster({ engine, replicas: 2, ...(serverArgs && { serverArgs }) }),
    );
    const agents = resources.use(await startAgents(cluster.servers, cluster.folder));
    const relay = relayed ? resources.use(await startRelay(cluster.primary.address)) : undefined;
    const lossy = losesTaken === true ? losingTaken(agents.of('db1').agent) : undefined;
    const options: ControlOptions = {
      policy: {
        failover: { durability: 'available', maxLoss: 'any', ...policy },
        ...(relay && { seeds: [relay.address] }),
      },
      settings: Object.fromEntries(
        cluster.servers.map(({ name }) => [
          name,
          { agent: agents.of(name).address, ...(relay && name === 'db1' && { address: relay.address }) },
        ]),
      ),
      parts: {
        shelf: openSalvageShelf(`${cluster.folder}/salvaged`),
        agents: (address) => {
          const agent = agentAt(agents, cluster, address, room);
          return agent === agents.of('db1').agent && lossy ? lossy : agent;
        },
      },
    };
    const control = await openControl(cluster, options);
    await cluster.primary.query(
      'create table app.t (id int primary key auto_increment, v varchar(40)) engine=innodb',
    );
    await cluster.primary.query("insert into app.t (v) values ('everywhere')");
    await cluster.caughtUp();
    return new RejoinScene({ cluster, agents, options, relay }, control, resources.move());
  }

  server(name: string): DatabaseServer {
    return this.cluster.server(name);
  }

  primary(): DatabaseServer {
    return this.server(this.#primary);
  }

  async everywhere(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.primary().query(statement);
    await this.cluster.caughtUp();
  }

  /** On the primary, and nowhere else: its replicas stop receiving. */
  async alone(...statements: readonly string[]): Promise<void> {
    const stop = this.cluster.engine === 'mariadb' ? 'stop slave io_thread' : 'stop replica io_thread';
    for (const name of ['db2', 'db3']) await this.server(name).query(stop);
    for (const statement of statements) await this.primary().query(statement);
  }

  /** One transaction a row. */
  writeAlone(count: number): Promise<void> {
    return this.alone(...onlyHere(count).map((value) => `insert into app.t (v) values ('${value}')`));
  }

  /** The controller has seen that the primary waits for replicas, and for which. */
  async seenSemiSync(): Promise<void> {
    await seenAcknowledging(this.#control.controller, this.cluster.servers.length - 1);
  }

  /** From now on, until it is replaced, the controller does not see what the primary does. */
  async unseen(): Promise<void> {
    const { relay } = this.#parts;
    if (!relay) throw new Error('the way to db1 cannot be cut');
    await relay.cut('refused');
    await until('the controller to have lost it', SOON, async () => {
      const { nodes } = this.#control.controller.topology('orders');
      return nodes.some(({ name, reachable }) => name === 'db1' && !reachable);
    });
  }

  /** A statement whose answer is not waited for, over a connection of its own. */
  async begin(statement: string): Promise<{ readonly answer: Promise<unknown> }> {
    const { engine, address } = this.server('db1');
    const client = await SqlClient.open({ engine, address, account: dauphin }, 10_000);
    const answer = client.query(statement, 60_000);
    answer.catch(() => undefined);
    return { answer };
  }

  /** MariaDB: a statement's changes lie in the primary's log, acknowledged or not. */
  async logged(part: string): Promise<void> {
    const db1 = this.server('db1');
    await until('the statement to be logged', SOON, async () => {
      const files = await db1.query('show binary logs');
      const events = await db1.query(`show binlog events in '${files.at(-1)?.Log_name}'`);
      return events.some(({ Info }) => Info?.includes(part));
    });
  }

  /** Its host dies with its agent, another takes over and takes a write; then it is back, writable. */
  async replace(): Promise<void> {
    await this.#parts.agents.of('db1').kill();
    await this.server('db1').kill();
    // A receiver that somebody stopped is no witness of a death.
    const start = this.cluster.engine === 'mariadb' ? 'start slave io_thread' : 'start replica io_thread';
    for (const name of ['db2', 'db3']) await this.server(name).query(start);
    // The witnesses may need a moment to be sure.
    const operation = await until('the failover to be begun', SOON, async () => {
      const asked = await this.#control.failover();
      return asked.status === 'refused' ? undefined : asked;
    });
    if (operation.status !== 'succeeded')
      throw new Error(JSON.stringify(operation.outcome ?? operation.refusals));
    this.#primary = operation.plan?.to.name ?? '';
    await this.primary().query("insert into app.t (v) values ('afterwards')");
    await this.#parts.agents.of('db1').restart();
    await this.server('db1').restart();
    await this.#parts.relay?.mend();
  }

  /** No replica but the primary itself can give a copy. */
  async onlyPrimaryGives(): Promise<void> {
    const stop = this.cluster.engine === 'mariadb' ? 'stop slave' : 'stop replica';
    const fellows = this.cluster.servers.filter(({ name }) => name !== 'db1' && name !== this.#primary);
    for (const fellow of fellows) await fellow.query(stop);
    await until('no replica to be seen replicating', SOON, async () => {
      const { nodes } = this.#control.controller.topology('orders');
      const stopped = fellows.every(({ name }) =>
        nodes.some((node) => node.name === name && node.channel?.applier === 'stopped'),
      );
      return stopped ? true : undefined;
    });
  }

  /** Somebody makes db2 the primary by hand, or another tool does; the old primary is back, writable, and writes on. */
  async replaceByHand(): Promise<void> {
    const [db2, db3] = [this.server('db2'), this.server('db3')];
    await this.server('db1').kill();
    for (const server of [db2, db3]) {
      await server.query(
        this.cluster.engine === 'mariadb' ? 'stop slave; reset slave all' : 'stop replica; reset replica all',
      );
    }
    await db2.query('set global read_only = 0');
    await follow(db3, db2);
    this.#primary = 'db2';
    await db2.query("insert into app.t (v) values ('afterwards')");
    await this.server('db1').restart();
    await until('two to be seen writable', SOON, async () => {
      const { nodes } = this.#control.controller.topology('orders');
      return nodes.filter(({ role, seen }) => role === 'primary' && seen?.writeMode === 'writable').length ===
        2
        ? true
        : undefined;
    });
  }

  planRejoin(): Promise<PlanAnswer> {
    return this.#control.controller.planRejoin({ cluster: 'orders', server: 'db1', requestedBy: 'test' });
  }

  /** The controller looks once a second, and only then knows that it is back. */
  rejoin(): Promise<Operation> {
    return until('the rejoin to be begun', SOON, async () => {
      const operation = await this.#control.rejoin('db1', REJOIN_MS);
      return operation.status === 'refused' ? undefined : operation;
    });
  }

  /** A controller that is killed in the middle of the rejoin, and the one that carries on. */
  async rejoinInterrupted(
    moment: Pick<Doom, 'step' | 'event' | 'when' | 'delayMs'>,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<Operation> {
    await this.#control[Symbol.asyncDispose]();
    const { folder } = this.cluster;
    const [setup] = controllerParts(this.cluster, this.#parts.options).clusters;
    if (!setup) throw new Error('no cluster');
    const hosts = { authority: `${folder}/data`, shelf: `${folder}/salvaged` };
    const ask = { what: 'rejoin' } as const;
    await runDoomed({ ...moment, setup, storePath: storePath(this.cluster), to: 'db1', hosts, ask });
    await meanwhile();
    this.#control = await carryOn(this.cluster, this.#parts.options);
    const operations = await this.#control.controller.operations({ limit: 10 });
    const left = operations.find(({ kind, status }) => kind === 'rejoin' && status !== 'refused');
    if (!left) throw new Error(`the rejoin is not on record: ${JSON.stringify(operations)}`);
    return this.#control.ended(left.id, REJOIN_MS);
  }

  async outputOf(operation: Operation, verb: Verb): Promise<StepOutput | undefined> {
    const step = operation.plan?.steps.find(({ action }) => action.verb === verb)?.id;
    const journal = await this.#control.controller.journal(operation.id);
    return journal.flatMap(({ what }) =>
      what.event === 'step-done' && what.step === step && what.output ? [what.output] : [],
    )[0];
  }

  async savedBy(operation: Operation): Promise<SavedSurplus | undefined> {
    return (await this.outputOf(operation, 'save'))?.saved;
  }

  async noteOf(operation: Operation, verb: Verb): Promise<string | undefined> {
    return (await this.outputOf(operation, verb))?.note;
  }

  async values(name: string): Promise<readonly (string | null | undefined)[]> {
    const rows = await this.server(name).query('select v from app.t order by id');
    return rows.map(({ v }) => v);
  }

  /** Nothing went wrong, and what only it had was judged: `known` to have been acknowledged unless `loss` says otherwise. */
  async expectRejoined(operation: Operation, loss: Partial<Loss>): Promise<void> {
    expectSucceeded(operation, { verdict: 'known', ...loss });
    await this.expectSame('db1');
  }

  /** By every row, once it has what the primary wrote last. */
  async expectSame(name: string): Promise<void> {
    const [server, primary] = [this.server(name), this.primary()];
    await primary.query("insert into app.t (v) values ('last')");
    await until(`${name} to have the last row`, SOON, async () =>
      (await this.values(name)).includes('last') ? true : undefined,
    );
    const all = 'select id, v from app.t order by id';
    const [mine, theirs] = await Promise.all([server.query(all), primary.query(all)]);
    if (JSON.stringify(mine) !== JSON.stringify(theirs))
      throw new Error(`${name} differs: ${JSON.stringify(mine)}, ${JSON.stringify(theirs)}`);
    await primary.query("delete from app.t where v = 'last'");
    await expectFollows(server, primary);
    await until(`${name} to lose the last row`, SOON, async () =>
      (await this.values(name)).includes('last') ? undefined : true,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control[Symbol.asyncDispose]();
    await this.#resources.disposeAsync();
  }
}
