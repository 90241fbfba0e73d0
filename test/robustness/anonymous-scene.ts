/** MySQL without GTIDs under load: a primary, three replicas that follow by file and offset, and what becomes of them. */
import { expect } from 'vitest';
import { Controller } from '../../src/control/controller.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { clusterName } from '../../src/core/identity.ts';
import type { Operation } from '../../src/core/operation.ts';
import { openSalvageShelf } from '../../src/stores/files/salvage-shelf.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { expectFollows, expectOnePrimary } from '../kit/aftermath.ts';
import { type Agents, startAgents } from '../kit/agents.ts';
import { caughtUpByPlace, startAnonymousCluster } from '../kit/anonymous-cluster.ts';
import type { Cluster } from '../kit/cluster.ts';
import {
  type ControlOptions,
  controllerParts,
  failoverAccepting,
  startControl,
  TestControl,
} from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';
import type { Doom } from '../kit/doomed-controller-process.ts';
import { runDoomed } from '../kit/run-doomed.ts';
import { holdingOf, sameHolding } from '../kit/survivors.ts';
import { verifyWrites } from '../kit/verify-writes.ts';
import { startWriter, type Writer } from '../kit/writer.ts';
import { WRITES_TABLE } from '../kit/writes-table.ts';
import { dieHalfSent } from './half-sent.ts';

export interface AnonymousStory {
  /** An agent on the primary's host. */
  readonly agent?: boolean | 'that may not start it';
  readonly settings?: ControlOptions['settings'];
  readonly policy?: ControlOptions['policy'];
  readonly serverArgs?: readonly string[];
}

interface Parts {
  readonly cluster: Cluster;
  readonly writer: Writer;
  readonly options: ControlOptions;
}

export class AnonymousScene implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly writer: Writer;
  readonly #options: ControlOptions;
  readonly #resources: AsyncDisposableStack;
  #control: TestControl;

  private constructor(
    { cluster, writer, options }: Parts,
    control: TestControl,
    resources: AsyncDisposableStack,
  ) {
    this.cluster = cluster;
    this.writer = writer;
    this.#options = options;
    this.#control = control;
    this.#resources = resources;
  }

  static async start({
    agent = false,
    settings = {},
    policy = {},
    serverArgs = [],
  }: AnonymousStory): Promise<AnonymousScene> {
    await using resources = new AsyncDisposableStack();
    const cluster = resources.use(await startAnonymousCluster({ replicas: 3, serverArgs }));
    const { folder, servers, primary } = cluster;
    const agents = agent
      ? resources.use(await startAgents([primary], folder, { mayStart: agent === true }))
      : undefined;
    const options = { ...optionsOf(cluster, settings, agents), policy };
    const control = await startControl(cluster, options);
    const writer = resources.use(await startWriter({ folder, servers, rate: 200 }));
    const scene = new AnonymousScene({ cluster, writer, options }, control, resources.move());
    await scene.written(100);
    return scene;
  }

  server(name: string): DatabaseServer {
    return this.cluster.server(name);
  }

  caughtUp(): Promise<void> {
    return caughtUpByPlace(this.replicas, this.cluster.primary);
  }

  /** Until so many more writes are acknowledged. */
  async written(more: number): Promise<void> {
    const { acknowledged } = await this.writer.stats();
    await until(`${more} more writes`, SOON, async () => {
      return (await this.writer.stats()).acknowledged >= acknowledged + more;
    });
  }

  /** One, however it ends. */
  attempt(): Promise<Operation> {
    return this.#control.failover({}, 60_000);
  }

  /** The controller's last look at it is of now. */
  async seen(name: string): Promise<void> {
    const [now] = await this.server(name).query('show binary log status');
    await until(`the controller to see ${name} at ${now?.File}:${now?.Position}`, SOON, async () => {
      const { nodes } = this.#control.controller.topology('orders');
      const log = nodes.find((node) => node.name === name)?.seen?.log;
      return log?.file === now?.File && log?.offset === Number(now?.Position);
    });
  }

  /** On a loaded machine a server may not answer in time; then it is asked for once more, as a person does. */
  async failover(asked: Parameters<TestControl['failover']>[0] = {}): Promise<Operation> {
    return until('a failover', { deadlineMs: 90_000 }, async () => {
      const operation = await this.#control.failover(asked, 60_000);
      const late = /no answer within|not answer in time/.test(operation.outcome?.summary ?? '');
      const unsure = operation.status === 'refused' && operation.refusals?.[0]?.code === 'primary-unsure';
      return (operation.status === 'rolled-back' && late) || unsure ? undefined : operation;
    });
  }

  /** As `failover`, without an agent and under load. */
  failoverAccepting(): Promise<Operation> {
    return failoverAccepting((more) => this.failover(more));
  }

  /** The primary dies while it sends a large transaction, of which every replica has a part. */
  receivedByHalf(): Promise<void> {
    return dieHalfSent({ primary: this.server('db1'), replicas: this.replicas, rows: 30 });
  }

  get replicas(): readonly DatabaseServer[] {
    return this.cluster.servers.filter((server) => server !== this.cluster.primary);
  }

  /** What the steps of its levelling said. */
  async story({ id }: Operation): Promise<string> {
    const journal = await this.#control.controller.journal(id);
    return JSON.stringify(journal.filter(({ what }) => 'step' in what && what.step.startsWith('level:')));
  }

  async rowsOf(table: string): Promise<readonly number[]> {
    const holdings = await Promise.all(this.replicas.map((server) => holdingOf(server, table)));
    return holdings.map(({ rows }) => rows);
  }

  /** A controller that is killed in the middle of the failover, and the one that carries on. */
  async failoverInterrupted(
    moment: Pick<Doom, 'step' | 'event' | 'when' | 'delayMs'>,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<Operation> {
    await this.#control[Symbol.asyncDispose]();
    const { folder, primary } = this.cluster;
    const [setup] = controllerParts(this.cluster, this.#options).clusters;
    if (!setup) throw new Error('no cluster');
    const storePath = `${folder}/store.db`;
    const hosts = { authority: `${folder}/data`, shelf: `${folder}/salvaged` };
    const ask = { what: 'failover', kill: primary.pid } as const;
    await runDoomed({ ...moment, setup, storePath, to: 'db2', hosts, ask });
    await meanwhile();
    const store = await openSqliteStore({ path: storePath, clock: systemClock });
    const controller = new Controller(controllerParts(this.cluster, { ...this.#options, store }));
    await controller.start();
    this.#control = new TestControl(controller, clusterName('orders'));
    const operations = await controller.operations({ limit: 10 });
    const left = operations.find(({ kind, status }) => kind === 'failover' && status !== 'refused');
    if (!left) throw new Error(`the failover is not on record: ${JSON.stringify(operations)}`);
    return this.#control.ended(left.id, 90_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control[Symbol.asyncDispose]();
    await this.#resources.disposeAsync();
  }
}

function optionsOf(
  cluster: Cluster,
  settings: NonNullable<ControlOptions['settings']>,
  agents: Agents | undefined,
): ControlOptions {
  if (!agents) return { settings };
  const { address, agent } = agents.of('db1');
  return {
    settings: { ...settings, db1: { ...settings.db1, agent: address } },
    parts: { agents: () => agent, shelf: openSalvageShelf(`${cluster.folder}/salvaged`) },
  };
}

/** Every survivor holds the same, and of what was acknowledged no more is missing than `lost`. */
export async function expectEqual(
  scene: AnonymousScene,
  operation: Operation,
  { lost = 0 }: { readonly lost?: number } = {},
): Promise<void> {
  expect(operation.refusals).toBeUndefined();
  expect(operation.outcome?.summary).toContain('is the primary');
  expect(operation.outcome?.flags, await scene.story(operation)).toEqual([]);
  expect(operation.status).toBe('succeeded');
  await scene.written(20);
  const report = await scene.writer.stop();
  const primary = await expectOnePrimary(scene.cluster, operation.plan?.to.name ?? '');
  const survivors = scene.replicas.filter((server) => server !== primary);
  for (const survivor of survivors) await expectFollows(survivor, primary);
  const verdict = await verifyWrites(report.ids, primary);
  expect(verdict.duplicated).toEqual([]);
  expect(verdict.lost.length).toBeLessThanOrEqual(lost);
  await expectSame(scene, WRITES_TABLE);
}

export async function expectSame(scene: AnonymousScene, table: string): Promise<void> {
  const holdings = await Promise.all(scene.replicas.map((server) => holdingOf(server, table)));
  expect(holdings[0]?.rows).toBeGreaterThan(0);
  expect(sameHolding(holdings), JSON.stringify(holdings)).toBe(true);
}
