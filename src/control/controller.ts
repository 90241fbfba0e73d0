/** The control plane itself: watches the configured clusters and runs operations on them. */
import { Fault } from '../contract/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { Engine } from '../core/engine.ts';
import { replacementBy } from '../core/failover/surplus-loss.ts';
import type { Finding } from '../core/finding.ts';
import type { HostAgent, SalvageShelf } from '../core/host.ts';
import { type Address, formatAddress, operationId, parseAddress, type ServerId } from '../core/identity.ts';
import type { EngineKind } from '../core/observation.ts';
import type { Operation } from '../core/operation.ts';
import type { Peer, PeerView } from '../core/peer.ts';
import type { PlanKind } from '../core/plan.ts';
import type { HookSettings } from '../core/policy.ts';
import type { RecoveryLimits } from '../core/recovery/may-recover.ts';
import type { RouteFactory } from '../core/route.ts';
import type { Store } from '../core/store.ts';
import type { Refusal } from '../core/switchover-request.ts';
import type { ClusterSetup } from './cluster-setup.ts';
import { summaryOf } from './cluster-summary.ts';
import type {
  AbandonAsked,
  AcknowledgementAsked,
  ClusterSummary,
  ControlPlane,
  DowntimeAsked,
  FailoverAsked,
  PlanAnswer,
  RejoinAsked,
  RepairAsked,
  ReshapeAsked,
  SwitchoverAnswer,
  SwitchoverAsked,
  WitnessAsked,
} from './control-plane.ts';
import { PeerWatch } from './detection/peer-watch.ts';
import { eventFeed } from './event-feed.ts';
import type { HookOccasion } from './execution/surroundings.ts';
import { keepRoutes } from './keep-routes.ts';
import type { Log } from './log.ts';
import type { WatchTiming } from './observation/cluster-watch.ts';
import { unseenId } from './observation/member.ts';
import { readDoubts } from './operations/doubts.ts';
import { electionWrite, readElections } from './operations/elections.ts';
import type { Holder } from './operations/holder.ts';
import { keys } from './operations/keys.ts';
import { newOperation } from './operations/new-operation.ts';
import { OperationRunner } from './operations/operation-runner.ts';
import { operationRunning } from './operations/operation-running.ts';
import { findOperation, listOperations, operationWrite, readJournal } from './operations/records.ts';
import { readRanks, recognize } from './operations/standing.ts';
import { Orders } from './recovery/orders.ts';
import { Recovery, recoveryLimits } from './recovery/recovery.ts';
import { clusterNotFound, findServer } from './references.ts';
import { WatchedCluster } from './watched-cluster.ts';

export interface ControllerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly log: Log;
  readonly engines: Readonly<Record<EngineKind, Engine>>;
  readonly routes: RouteFactory;
  readonly clusters: readonly ClusterSetup[];
  readonly timing: WatchTiming;
  /** What holds automatic failovers back, over all clusters. */
  readonly recovery?: RecoveryLimits;
  /** Where what is salvaged is kept. */
  readonly shelf: SalvageShelf;
  /** Other controllers that watch the same servers; witnesses, and nothing else. */
  readonly peers?: readonly Peer[];
  /** The client of the agent at an address. */
  agents(address: Address): HostAgent;
  runHook(
    hook: HookSettings,
    occasion: HookOccasion,
    call: { signal: AbortSignal; deadlineMs: number },
  ): Promise<void>;
  /** Unique, and sorting by the time it was made. */
  newId?(): string;
}

type Asked = Pick<SwitchoverAsked, 'cluster' | 'requestedBy'>;

/** Newest operations of a cluster among which the one that replaced a server is looked for. */
const recordsLookedAt = 1000;

/** How long running operations may take to end when the controller is asked to stop. */
const closeForMs = 30_000;

export class Controller implements ControlPlane {
  readonly #parts: ControllerParts;
  readonly #clusters: ReadonlyMap<string, WatchedCluster>;
  readonly #runner: OperationRunner;
  readonly #stop = new AbortController();
  readonly #recovery: Recovery;
  readonly #orders: Orders;
  readonly #peers: PeerWatch;
  #keepers: readonly Promise<void>[] = [];

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    const { clock, timing, routes, peers = [] } = parts;
    this.#peers = new PeerWatch({ ...parts, peers, self: this.name });
    this.#clusters = new Map(
      parts.clusters.map((setup) => [
        setup.policy.name as string,
        new WatchedCluster({
          setup,
          engine: parts.engines[setup.policy.engine],
          clock,
          timing,
          routes,
          agents: parts.agents,
          peers: this.#peers.known,
        }),
      ]),
    );
    this.#runner = new OperationRunner(parts);
    this.#orders = new Orders(parts);
    this.#recovery = new Recovery({
      ...parts,
      orders: this.#orders,
      limits: parts.recovery ?? recoveryLimits,
      clusters: [...this.#clusters.values()],
      busy: (name) => this.#runner.isHoldingUp(name),
      idle: (name) => this.#runner.isRunning(name) === undefined,
      running: () => this.#runner.running('failover'),
      failover: (cluster, { server, judgement }) => {
        const { name } = cluster.setup.policy;
        return this.#begin('failover', { cluster: name, requestedBy: 'dauphin' }, async () =>
          cluster.planFailoverOf(server, judgement, { cluster: name }),
        );
      },
      fence: (cluster) =>
        this.#begin('fencing', { cluster: cluster.setup.policy.name, requestedBy: 'dauphin' }, async () =>
          cluster.planFencing(),
        ),
      relocate: (cluster, { id }) =>
        this.relocate({ cluster: cluster.setup.policy.name, server: id, requestedBy: 'dauphin' }),
      rejoin: (cluster, { id }) =>
        this.rejoin({ cluster: cluster.setup.policy.name, server: id, requestedBy: 'dauphin' }),
    });
  }

  get name(): string {
    return this.#parts.holder.name;
  }

  /** Takes up watching, and operations that an earlier controller left. */
  async start(): Promise<void> {
    for (const cluster of this.#clusters.values()) await this.#watch(cluster);
    await this.#runner.resume((name) => this.#clusters.get(name));
    this.#recovery.start();
    this.#peers.start();
    const { store, clock, holder, log, timing } = this.#parts;
    const busy = (name: string): boolean => this.#runner.isRunning(name) !== undefined;
    this.#keepers = [...this.#clusters.values()].map((cluster) =>
      keepRoutes(
        cluster,
        { store, clock, holder, log, intervalMs: timing.intervalMs, busy },
        this.#stop.signal,
      ),
    );
  }

  async close(): Promise<void> {
    await this.#peers.close();
    await this.#recovery.close();
    await this.#runner.close(closeForMs);
    this.#stop.abort();
    await Promise.all(this.#keepers);
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.close()));
  }

  clusters(): readonly ClusterSummary[] {
    return [...this.#clusters].map(([name, cluster]) => summaryOf(cluster, this.#runner.isRunning(name)));
  }

  topology(cluster: string): ReturnType<ControlPlane['topology']> {
    return this.#cluster(cluster).topology();
  }

  findings(cluster?: string): readonly Finding[] {
    const clusters = cluster === undefined ? [...this.#clusters.values()] : [this.#cluster(cluster)];
    return clusters.flatMap((each) => each.findings());
  }

  server(reference: string, cluster?: string): ReturnType<ControlPlane['server']> {
    const clusters = cluster === undefined ? [...this.#clusters.values()] : [this.#cluster(cluster)];
    const found = findServer(
      reference,
      clusters.map((each) => each.topology()),
    );
    return { cluster: found.topology.cluster, id: found.node.id };
  }

  async discover(cluster: string, address: Address): ReturnType<ControlPlane['discover']> {
    const watched = this.#cluster(cluster);
    const member = watched.servers.watch(address, false);
    await watched.servers.lookAt(member, this.#stop.signal);
    if (!watched.servers.find(address)?.reachable) {
      throw new Fault(
        'server-unreachable',
        `${formatAddress(address)}: ${member.failure?.message ?? 'no answer'}`,
      );
    }
    await watched.servers.lookAtAll(this.#stop.signal);
    return watched.topology();
  }

  async planSwitchover(asked: SwitchoverAsked): Promise<PlanAnswer> {
    const cluster = this.#cluster(asked.cluster);
    const to = asked.to === undefined ? undefined : await this.#candidate(asked.to, cluster);
    return cluster.plan(to, this.#stop.signal, asked.mode);
  }

  switchover(asked: SwitchoverAsked): Promise<SwitchoverAnswer> {
    return this.#begin('switchover', asked, () => this.planSwitchover(asked));
  }

  async planFailover(asked: FailoverAsked): Promise<PlanAnswer> {
    const cluster = this.#cluster(asked.cluster);
    const to = asked.to === undefined ? undefined : await this.#candidate(asked.to, cluster);
    const { acceptDataLoss, mode } = asked;
    const request = {
      cluster: cluster.setup.policy.name,
      ...(mode === undefined ? {} : { mode }),
      ...(to === undefined ? {} : { to }),
      ...(acceptDataLoss === undefined ? {} : { acceptDataLoss }),
    };
    return cluster.planFailover(request, this.#stop.signal);
  }

  failover(asked: FailoverAsked): Promise<SwitchoverAnswer> {
    return this.#begin('failover', asked, () => this.planFailover(asked));
  }

  async planRejoin(asked: RejoinAsked): Promise<PlanAnswer> {
    const cluster = this.#cluster(asked.cluster);
    const server = await this.#candidate(asked.server, cluster);
    const records = await this.operations({ cluster: asked.cluster, limit: recordsLookedAt });
    const replaced = records.find(({ kind, status, plan }) => {
      const from = kind === 'failover' && status === 'succeeded' ? plan?.from : undefined;
      return from !== undefined && cluster.idOf(from) === server;
    });
    return cluster.planRejoin(server, replaced && replacementBy(replaced), this.#stop.signal);
  }

  rejoin(asked: RejoinAsked): Promise<SwitchoverAnswer> {
    return this.#begin('rejoin', asked, () => this.planRejoin(asked));
  }

  async planRelocation(asked: RejoinAsked): Promise<PlanAnswer> {
    const cluster = this.#cluster(asked.cluster);
    return cluster.planRelocation(await this.#candidate(asked.server, cluster), this.#stop.signal);
  }

  relocate(asked: RejoinAsked): Promise<SwitchoverAnswer> {
    return this.#begin('relocation', asked, () => this.planRelocation(asked));
  }

  async planRepair(asked: RepairAsked): Promise<PlanAnswer> {
    const cluster = this.#cluster(asked.cluster);
    return cluster.planRepair(await this.#candidate(asked.server, cluster), asked.by, this.#stop.signal);
  }

  repair(asked: RepairAsked): Promise<SwitchoverAnswer> {
    return this.#begin('repair', asked, () => this.planRepair(asked));
  }

  planReshape(asked: ReshapeAsked): Promise<PlanAnswer> {
    const cluster = this.#cluster(asked.cluster);
    return cluster.reshaping.plan(asked, (name) => this.#candidate(name, cluster), this.#stop.signal);
  }

  reshape(asked: ReshapeAsked): Promise<SwitchoverAnswer> {
    return this.#begin('reshape', asked, () => this.planReshape(asked));
  }

  async #begin(kind: PlanKind, asked: Asked, makePlan: () => Promise<PlanAnswer>): Promise<SwitchoverAnswer> {
    const cluster = this.#cluster(asked.cluster);
    const { name } = cluster.setup.policy;
    const base = newOperation(this.#parts, { kind, cluster: name, requestedBy: asked.requestedBy });
    if (kind === 'failover') await this.#runner.makeWay(asked.cluster);
    const running = this.#runner.isRunning(asked.cluster);
    if (running !== undefined) return this.#refuse(base, [operationRunning(running)]);
    const planned = await makePlan();
    if (!planned.ok) return this.#refuse(base, planned.refusals);
    const operation = { ...base, status: 'running' as const, plan: planned.plan };
    const begun = await this.#runner.begin(operation, cluster);
    if (!begun.ok) return this.#refuse(base, begun.refusals);
    return { ok: true, operation };
  }

  async orders(cluster: string): ReturnType<ControlPlane['orders']> {
    return this.#orders.read(this.#cluster(cluster));
  }

  async acknowledge(cluster: string, asked: AcknowledgementAsked): ReturnType<ControlPlane['acknowledge']> {
    return this.#orders.acknowledge(this.#cluster(cluster), asked);
  }

  async downtime(
    cluster: string,
    server: string,
    asked: DowntimeAsked,
  ): ReturnType<ControlPlane['downtime']> {
    const watched = this.#cluster(cluster);
    return this.#orders.downtime(watched, await this.#candidate(server, watched), asked);
  }

  async maintenance(cluster: string, asked: DowntimeAsked): ReturnType<ControlPlane['maintenance']> {
    return this.#orders.downtime(this.#cluster(cluster), undefined, asked);
  }

  async witness(cluster: string, { server, deadlineMs }: WitnessAsked): Promise<PeerView> {
    const { signal } = this.#stop;
    const { says, fact } = await this.#cluster(cluster).witness(server, { signal, deadlineMs });
    return { controller: this.name, says, fact };
  }

  async operations(options: Parameters<ControlPlane['operations']>[0]): Promise<readonly Operation[]> {
    if (options.cluster !== undefined) this.#cluster(options.cluster);
    return listOperations(this.#parts.store, options);
  }

  async operation(id: string): Promise<Operation> {
    const operation = await findOperation(this.#parts.store, operationId(id));
    if (!operation) throw new Fault('not-found', `no operation "${id}"; dauphin operations lists them`);
    return operation;
  }

  async abandon(id: string, { requestedBy: by, reason, candidateDown }: AbandonAsked): Promise<Operation> {
    const operation = await this.operation(id);
    return this.#runner.abandon(operation, { by, reason, candidateDown }, this.#cluster(operation.cluster));
  }

  async journal(id: string): ReturnType<ControlPlane['journal']> {
    return readJournal(this.#parts.store, (await this.operation(id)).id);
  }

  events(options: Parameters<ControlPlane['events']>[0]): ReturnType<ControlPlane['events']> {
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    return eventFeed(this.#parts.store, { ...options, signal });
  }

  async #watch(cluster: WatchedCluster): Promise<void> {
    const { store } = this.#parts;
    const prefix = keys.members(cluster.setup.policy.name);
    const { entries } = await store.range(prefix);
    const remembered = entries.flatMap(
      (entry) => parseAddress(entry.value, cluster.engine.defaultPort) ?? [],
    );
    await readRanks(store, cluster.setup.policy.name, cluster.servers);
    await readDoubts(store, cluster.setup.policy.name, cluster.servers.doubts);
    await this.#orders.read(cluster);
    cluster.shards.recall(await readElections(store, cluster.setup.policy.name));
    cluster.shards.onElection = async (node, memory) => {
      const writes = [electionWrite(cluster.setup.policy.name, node, memory)];
      await store.commit({ writes, durability: 'buffered' }).catch((thrown: unknown) => {
        this.#parts.log.warn({ server: node, message: String(thrown) }, 'election.not-remembered');
      });
    };
    cluster.servers.onMember = (member) => {
      const write = { put: `${prefix}${member.id}`, value: formatAddress(member.address) };
      const { name } = cluster.setup.policy;
      const known = recognize(name, unseenId(member.address), member.id, cluster.servers);
      store.commit({ writes: [write, ...known], durability: 'buffered' }).catch((thrown: unknown) => {
        this.#parts.log.warn({ server: member.id, message: String(thrown) }, 'member.not-remembered');
      });
    };
    cluster.servers.start(remembered);
  }

  #cluster(name: string): WatchedCluster {
    const cluster = this.#clusters.get(name);
    if (!cluster) throw clusterNotFound(name, [...this.#clusters.keys()]);
    return cluster;
  }

  /** A name may be one that a server only now turns out to have. */
  async #candidate(reference: string, cluster: WatchedCluster): Promise<ServerId> {
    const find = (): ServerId => findServer(reference, [cluster.topology()]).node.id;
    try {
      return find();
    } catch {
      await cluster.servers.lookAtAll(this.#stop.signal);
      return find();
    }
  }

  /** What was refused is on record too: who asked for what, and why it did not happen. */
  async #refuse(base: Omit<Operation, 'status'>, refusals: readonly Refusal[]): Promise<SwitchoverAnswer> {
    const operation: Operation = { ...base, finishedAt: base.requestedAt, status: 'refused', refusals };
    await this.#parts.store.commit({ writes: [operationWrite(operation)] });
    return { ok: false, operation, refusals };
  }
}
