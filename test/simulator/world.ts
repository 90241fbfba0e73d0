/** The model world of one scenario: servers, clients, route, store, and the controllers that run on it. */

import { Fault } from '../../src/contract/errors.ts';
import type { Controller } from '../../src/control/controller.ts';
import type { HostAgent } from '../../src/core/host.ts';
import { type Address, formatAddress, sameAddress } from '../../src/core/identity.ts';
import type { HookSettings } from '../../src/core/policy.ts';
import type { Transaction } from '../../src/core/store.ts';
import { AgentModel } from '../../src/simulator/agent-model.ts';
import { ChannelModel } from '../../src/simulator/channel-model.ts';
import { FailoverLaws } from '../../src/simulator/failover-laws.ts';
import { HostModel } from '../../src/simulator/host-model.ts';
import { Invariants } from '../../src/simulator/invariants.ts';
import { createMemoryShelf } from '../../src/simulator/memory-shelf.ts';
import { createMemoryStore, type LosingStore } from '../../src/simulator/memory-store.ts';
import { NetworkModel } from '../../src/simulator/network-model.ts';
import { ProcessModel } from '../../src/simulator/process-model.ts';
import { Random } from '../../src/simulator/random.ts';
import { RouteModel } from '../../src/simulator/route-model.ts';
import { ServerModel } from '../../src/simulator/server-model.ts';
import { type StoreTrouble, storeAccess } from '../../src/simulator/store-access.ts';
import { StoreRecord } from '../../src/simulator/store-record.ts';
import { Trace } from '../../src/simulator/trace.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { WriterModel } from '../../src/simulator/writer-model.ts';
import { controllerOf, type Wiring } from './controller-process.ts';
import { isLook } from './is-look.ts';
import type { Role, Scenario } from './scenario.ts';
import { agentPort, policyOf } from './world-policy.ts';

const controllersHost = 'control';

/** What is asked, by the fault player, at the places where things can go wrong. */
export interface Meddler {
  onCommit: StoreTrouble['onCommit'];
  committed(process: ProcessModel, transaction: Transaction): void;
  /** The statement was carried out: does its connection break before the answer? */
  losesAnswer(server: string, sql: string): boolean;
}

export interface Running {
  readonly process: ProcessModel;
  readonly controller: Controller;
}

export class World {
  readonly scenario: Scenario;
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly trace: Trace;
  readonly network: NetworkModel;
  readonly servers: readonly ServerModel[];
  readonly hosts: readonly HostModel[];
  readonly route: RouteModel;
  readonly record = new StoreRecord({
    operations: '/operations/',
    journals: '/journal/',
    leases: '/leases/',
  });
  readonly invariants: Invariants;
  readonly laws: FailoverLaws;
  readonly writers: readonly WriterModel[];
  readonly controllers: Running[] = [];
  readonly store: LosingStore;
  readonly storeTrouble: { unwritable: boolean; readonly cutOff: Set<string> };
  /** Transactions that a machine's crash took with it, by where it was: `db2 db1:17`; and when. */
  readonly lostInCrash = new Map<string, number>();
  /** Servers that nobody started with their machine. */
  readonly leftDown = new Set<string>();
  /** Servers whose applier somebody stopped. */
  readonly stoppedByHand = new Set<string>();
  /** How often the controllers' machine was started. */
  #boots = 1;
  /** Clients write without a pause while something is going on. */
  brisk = false;
  readonly #wiring: (wiring: Wiring) => Wiring;
  /** On the disk of the controllers' machine. */
  readonly shelf = createMemoryShelf();
  #meddler: Meddler | undefined;
  #closed = new AbortController();

  constructor(scenario: Scenario, wiring: (wiring: Wiring) => Wiring = (as) => as) {
    this.scenario = scenario;
    this.#wiring = wiring;
    this.random = new Random(scenario.seed);
    this.trace = new Trace(this.clock);
    this.network = new NetworkModel(this.clock, this.random.fork('network'), {
      delay: [0.05, 0.6],
      retransmission: [1, 400],
      orphansRetransmit: scenario.lateStatements === true,
    });
    const names = ['db1', 'db2', ...Array.from({ length: scenario.siblings }, (_, at) => `db${at + 3}`)];
    this.servers = names.map((name, at) => this.#server(name, at + 1));
    this.hosts = this.servers.map((server) => this.#host(server));
    this.route = new RouteModel({
      target: this.server('db1').traits.address,
      clock: this.clock,
      random: this.random.fork('route'),
      witness: {
        told: (process, what) => this.#effect(process, 'route', what),
        moved: (route) => this.#endClientsElsewhere(route),
      },
    });
    this.invariants = new Invariants({
      clock: this.clock,
      servers: this.servers,
      record: this.record,
      outOfReach: ({ name, life }) => life !== 'up' || this.network.isCut(controllersHost, name),
    });
    this.laws = new FailoverLaws({
      clock: this.clock,
      servers: this.servers,
      hosts: this.hosts,
      network: this.network,
      record: this.record,
      controllersHost,
      breach: (law, what) => this.invariants.breach(law, what),
    });
    this.invariants.statedRisk = (server) => this.laws.statedRisk(server);
    this.storeTrouble = { unwritable: false, cutOff: new Set() };
    this.store = createMemoryStore(this.clock);
    void this.#followLease();
    this.#replicate();
    this.writers = this.#startWriters();
    this.network.onHeal(() => {
      for (const server of this.servers) server.channel?.poke();
    });
  }

  set meddler(meddler: Meddler) {
    this.#meddler = meddler;
  }

  server(name: string): ServerModel {
    const found = this.servers.find((server) => server.name === name);
    if (!found) throw new Error(`no server ${name}`);
    return found;
  }

  host(name: string): HostModel {
    const found = this.hosts.find((host) => host.name === name);
    if (!found) throw new Error(`no host ${name}`);
    return found;
  }

  as(role: Role): ServerModel {
    const sibling = this.scenario.siblings > 0 ? 'db3' : 'db2';
    switch (role) {
      case 'primary':
        return this.server('db1');
      case 'candidate':
        return this.server('db2');
      case 'sibling':
        return this.server(sibling);
      default:
        return this.server(role);
    }
  }

  /** The controller that was started last. */
  get current(): Running | undefined {
    return this.controllers.at(-1);
  }

  startController(): Running {
    const process = new ProcessModel(`ctl${this.controllers.length + 1}`, this.clock, this.#boots);
    const random = this.random.fork(process.name);
    const { storeTrouble } = this;
    const trouble: StoreTrouble = {
      get unwritable() {
        return storeTrouble.unwritable;
      },
      cutOff: storeTrouble.cutOff,
      onCommit: (by, transaction) => this.#meddler?.onCommit(by, transaction),
      committed: (by, transaction) => this.#committed(by, transaction),
      refused: (transaction) => this.record.takeRefused(transaction),
    };
    const near = (holder: string): ProcessModel | undefined =>
      this.controllers.find(({ process: { name, boot } }) => name === holder && boot === process.boot)
        ?.process;
    const wiring: Wiring = {
      process,
      engine: this.scenario.engine,
      store: storeAccess({ store: this.store, process, trouble, random }),
      policy: policyOf(this.scenario, this.servers),
      route: (settings) => this.route.port(settings, process),
      shelf: this.shelf,
      agents: (address) => this.#agentAt(address, process),
      runHook: (hook, call) => this.#runHook(process, hook, call),
      // Process numbers of an earlier boot mean nothing.
      isDead: (holder) => near(holder)?.dead === true,
      sameBoot: (holder) => near(holder) !== undefined,
      log: (level, fields, event) =>
        this.trace.add(process.name, `${level} ${event} ${JSON.stringify(fields)}`),
      begins: (address, verb) => {
        const name = this.find(address)?.name ?? formatAddress(address);
        this.trace.add(process.name, `${verb} on ${name}`);
        this.invariants.verbBegins(process, name, verb);
        if (verb === 'promote') this.laws.promoting(name);
      },
      connecting: (address) => ({
        address,
        process,
        near: { network: this.network, find: (at) => this.find(at) },
        host: controllersHost,
        witness: {
          sent: (by, server, sql) => this.#effect(by, server, sql),
          executed: (by, server, sql, reply) => {
            if (!isLook(sql)) {
              this.trace.add(server, `${by.name}: ${sql}${reply.ok ? '' : ` → ${reply.errno}`}`);
            }
            return this.#meddler?.losesAnswer(server, sql) ?? false;
          },
        },
      }),
    };
    const running = { process, controller: controllerOf(this.#wiring(wiring)) };
    this.controllers.push(running);
    this.trace.add(process.name, 'starts');
    void running.controller.start();
    return running;
  }

  /** All controllers are gone without a word, and of the journal what was not on the disk. */
  crashControllers(kept?: number): void {
    this.#boots += 1;
    for (const { process } of this.controllers) process.die('machine');
    const { buffered } = this.store;
    const drawn = this.random.whole(0, buffered);
    const survivors = Math.min(kept ?? drawn, buffered);
    this.store.loseBuffered(survivors);
    if (survivors < buffered)
      this.trace.add('journal', `${buffered - survivors} commits were not on the disk`);
  }

  find(address: Address): ServerModel | undefined {
    return this.servers.find((server) => sameAddress(server.traits.address, address));
  }

  get hostOfControllers(): string {
    return controllersHost;
  }

  close(): void {
    this.#closed.abort();
    for (const { process } of this.controllers) process.die();
  }

  #effect(process: ProcessModel, where: string, what: string): void {
    if (isLook(what)) return;
    this.trace.add(process.name, `→ ${where}: ${what}`);
    // Ending a session of its own that may still wait is not acting on the cluster.
    if (!what.startsWith('KILL ')) this.invariants.effectSent(process, where, what);
  }

  #committed(process: ProcessModel, transaction: Transaction): void {
    for (const entry of this.record.take(transaction)) {
      this.trace.add('journal', `${process.name}: ${JSON.stringify(entry.what)}`);
      this.laws.journaled(entry);
    }
    this.#meddler?.committed(process, transaction);
  }

  async #followLease(): Promise<void> {
    for await (const change of this.store.watch('/leases/', 1, this.#closed.signal)) {
      this.record.takeLease(change, this.clock.monotonic());
      const what = change.kind === 'put' ? `held by ${change.entry.value}` : 'free';
      this.trace.add('lease', what);
    }
  }

  #agentAt(address: Address, process: ProcessModel): HostAgent {
    const host = this.hosts.find(({ server }) => server.traits.address.host === address.host);
    if (!host?.agent) throw new Error(`no agent at ${formatAddress(address)}`);
    const { name } = host.agent;
    return host.agent.port(process, controllersHost, {
      told: (by, what) => this.#effect(by, name, what),
    });
  }

  #host(server: ServerModel): HostModel {
    const others = (): readonly string[] => [controllersHost, ...this.servers.map(({ name }) => name)];
    const host = new HostModel({ server, network: this.network, others });
    if (!this.scenario.failover?.agents) return host;
    host.agent = new AgentModel({
      name: `agent-${server.name}`,
      address: { host: server.traits.address.host, port: agentPort },
      host,
      network: this.network,
      clock: this.clock,
      random: this.random.fork(`agent ${server.name}`),
    });
    return host;
  }

  #runHook(
    process: ProcessModel,
    hook: HookSettings,
    call: { signal: AbortSignal; deadlineMs: number },
  ): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const { ok, fail } = process.answer(ended);
    this.clock.after(this.scenario.hook === 'hangs' ? hook.timeoutMs : 20, () => {
      if (this.scenario.hook === 'succeeds') ok();
      else if (this.scenario.hook === 'vetoes') fail(new Fault('hook-vetoed', 'status 1'));
      else fail(new Fault('hook-timed-out', 'killed'));
    });
    call.signal.addEventListener('abort', () => ended.reject(call.signal.reason), { once: true });
    return ended.promise;
  }

  #server(name: string, number: number): ServerModel {
    return new ServerModel({
      traits: {
        name,
        address: { host: `10.0.0.${number}`, port: 3306 },
        number,
        privilegedMayWrite: this.scenario.engine === 'mariadb',
        applies: this.scenario.applies,
        durable: this.scenario.failover?.durable ?? true,
        startsWritable: number === 1,
        supervised: this.scenario.failover?.agents !== true || number % 2 === 0,
      },
      clock: this.clock,
      random: this.random.fork(name),
      witness: {
        acknowledged: (server, session, count) => this.invariants.wrote(server, session, count),
        modeChanged: (server, why) => {
          this.trace.add(server.name, `${server.readOnly ? 'read-only' : 'writable'}: ${why}`);
          this.invariants.modeChanged(server, why);
        },
      },
    });
  }

  #replicate(): void {
    const [primary, ...replicas] = this.servers;
    if (!primary) return;
    for (const { disk, semiSync } of this.servers) {
      disk.syncsEachCommit = this.scenario.failover?.durable ?? true;
      semiSync.acknowledges = this.scenario.failover?.semiSync !== undefined;
    }
    if (this.scenario.failover?.semiSync) primary.semiSync.turnOn(this.scenario.failover.semiSync);
    primary.setMode({ readOnly: false, superReadOnly: false }, 'the beginning');
    for (let number = 1; number <= 100; number += 1) primary.log.append({ origin: primary.name, number });
    primary.disk.sync();
    for (const replica of replicas) {
      for (const entry of primary.log.entries) replica.log.append(entry);
      replica.disk.sync();
      replica.setMode({ readOnly: true, superReadOnly: this.scenario.engine === 'mysql' }, 'the beginning');
      replica.channel = new ChannelModel({
        replica,
        source: primary.traits.address,
        network: this.network,
        find: (address) => this.find(address),
      });
      replica.channel.start();
    }
  }

  #startWriters(): readonly WriterModel[] {
    const { writers, privilegedWriters } = this.scenario;
    const kinds = [
      ...Array.from({ length: writers }, () => 'client' as const),
      ...Array.from({ length: privilegedWriters }, () => 'privileged' as const),
    ];
    return kinds.map(
      (kind, at) =>
        new WriterModel({
          name: `w${at + 1}`,
          kind,
          clock: this.clock,
          random: this.random.fork(`writer ${at}`),
          findServer: (random) => this.#serverForClients(random),
          pace: () => (this.brisk ? [1, 12] : [100, 400]),
        }),
    );
  }

  #serverForClients(random: Random): ServerModel | undefined {
    if (this.scenario.route) {
      return this.route.up && !this.route.held ? this.find(this.route.target) : undefined;
    }
    const writable = this.servers.filter((server) => server.life === 'up' && !server.readOnly);
    return writable.length === 0 ? undefined : random.pick(writable);
  }

  #endClientsElsewhere(route: RouteModel): void {
    this.trace.add('route', route.up ? `→ ${formatAddress(route.target)}` : 'down');
    for (const writer of this.writers) {
      const at = writer.server;
      if (at && (!route.up || !sameAddress(at.traits.address, route.target))) writer.hangUp();
    }
  }
}
