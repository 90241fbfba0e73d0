/** One cluster under watch: its servers, its routes, what is wrong with it, and the facts for a plan. */
import type { Call, Clock } from '../core/clock.ts';
import type { Said } from '../core/detection/testify.ts';
import type { Judgement } from '../core/detection/testimony.ts';
import { diagnose } from '../core/diagnosis/diagnose.ts';
import type { Engine, EngineContext } from '../core/engine.ts';
import { planFailover } from '../core/failover/plan-failover.ts';
import { planFencing } from '../core/failover/plan-fencing.ts';
import { planRejoin } from '../core/failover/plan-rejoin.ts';
import { planRelocation } from '../core/failover/plan-relocation.ts';
import { planRepair } from '../core/failover/plan-repair.ts';
import type { Finding } from '../core/finding.ts';
import type { HostAgent } from '../core/host.ts';
import { type Address, formatAddress, type ServerId } from '../core/identity.ts';
import type { Replacement, Target } from '../core/plan.ts';
import type { RepairMeans } from '../core/policy.ts';
import type { RouteFactory } from '../core/route.ts';
import type { HandOverMode } from '../core/shards/hand-over-facts.ts';
import { shardTopologyOf } from '../core/shards/shard-topologies.ts';
import { modeRefusal } from '../core/switchover/mode-refusal.ts';
import { type Planned, planSwitchover } from '../core/switchover/plan-switchover.ts';
import type { Situation } from '../core/switchover/situation.ts';
import type { RequestedSwitchover } from '../core/switchover-request.ts';
import {
  lastPrimary,
  type Node,
  nodeById,
  primaries,
  type Topology,
  takingWrites,
} from '../core/topology.ts';
import type { ClusterSetup } from './cluster-setup.ts';
import type { DeathWatch } from './detection/death-watch.ts';
import { Detector } from './detection/detector.ts';
import type { KnownPeer } from './detection/known-peer.ts';
import { OwnWitness } from './detection/own-witness.ts';
import { ShardDetectors, type ShardDetectorsParts } from './detection/shard-detectors.ts';
import { ClusterWatch, type WatchTiming } from './observation/cluster-watch.ts';
import { RouteWatch } from './observation/route-watch.ts';
import { WatchedShards } from './observation/watched-shards.ts';
import { Reshaping } from './reshaping.ts';

export interface WatchedClusterParts {
  readonly setup: ClusterSetup;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly timing: WatchTiming;
  readonly routes: RouteFactory;
  agents(address: Address): HostAgent;
  /** Other controllers that watch the same servers. */
  readonly peers?: readonly KnownPeer[];
}

/** Within seconds of a hand-over some nodes of a cluster have not heard of it: they are told, one a second. */
const settleMs = 3_000;
const settlePauseMs = 50;

/** Schema in the cluster that holds the hand-over journal. */
const schema = 'dauphin';

export class WatchedCluster {
  readonly setup: ClusterSetup;
  readonly engine: Engine;
  readonly servers: ClusterWatch;
  readonly routes: RouteWatch;
  readonly detector: DeathWatch;
  /** Of engines whose servers hand over among themselves. */
  readonly shards: WatchedShards;
  readonly reshaping: Reshaping;
  readonly #clock: Clock;
  readonly #timing: WatchTiming;
  readonly #agentAt: (address: Address) => HostAgent;
  readonly #agents = new Map<string, HostAgent>();
  readonly #witness: OwnWitness;
  readonly #stop = new AbortController();

  constructor({ setup, engine, clock, timing, routes, agents, peers = [] }: WatchedClusterParts) {
    this.#agentAt = agents;
    this.setup = setup;
    this.engine = engine;
    this.#timing = timing;
    this.routes = new RouteWatch(setup.policy, routes, clock);
    const context: EngineContext = {
      clock,
      admin: setup.admin,
      ...(setup.replication === undefined ? {} : { replication: setup.replication }),
      longTransactionSeconds: setup.policy.longTransactionSeconds,
      schema,
    };
    this.servers = new ClusterWatch({
      policy: setup.policy,
      engine,
      timing,
      agentAt: (address) => this.#agentClient(address),
      context,
    });
    const watching: ShardDetectorsParts = {
      clock,
      policy: setup.policy,
      topology: () => this.topology(),
      memberOf: (id) => this.servers.byId(id),
      agentOf: (id) => this.agentOf(id),
      peers,
      lookMs: timing.deadlineMs,
    };
    this.#clock = clock;
    this.shards = new WatchedShards(this.servers, clock);
    this.reshaping = new Reshaping({
      engine,
      servers: this.servers,
      shaper: engine.shaper?.(context),
      situation: () => this.shards.situation(),
    });
    this.detector = engine.handsOver
      ? new ShardDetectors(watching)
      : new Detector({ ...watching, lastPrimary: () => this.lastPrimary() });
    const { answerMs } = setup.policy.detection;
    this.#witness = new OwnWitness({ clock, answerMs, lifetime: this.#stop.signal });
  }

  topology(): Topology {
    return this.servers.topology();
  }

  /**
   * The one that takes the writes, when there is exactly one and it answers. One that was last seen writable and is
   * silent still counts: that this controller cannot reach it does not make another the primary.
   */
  primary(topology: Topology = this.topology()): Node | undefined {
    const [only, ...others] = takingWrites(topology);
    return others.length === 0 && only?.reachable ? only : undefined;
  }

  findings(): readonly Finding[] {
    const topology = this.topology();
    const routes = this.routes.findings(topology.cluster, this.primary(topology));
    if (this.engine.handsOver) return [...this.shards.findings(), ...routes];
    return [...diagnose(topology, this.setup.policy), ...routes];
  }

  /** As this controller knows it: one that it has never seen has no other id than its address. */
  idOf({ id, address }: Target): ServerId {
    return this.servers.byId(id)?.id ?? this.servers.find(address)?.id ?? id;
  }

  /** The agent on a server's host; undefined where none is configured. */
  agentOf(id: ServerId): HostAgent | undefined {
    const address = nodeById(this.topology(), id)?.settings.agent;
    return address && this.#agentClient(address);
  }

  #agentClient(address: Address): HostAgent {
    const key = formatAddress(address);
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = this.#agentAt(address);
    this.#agents.set(key, agent);
    return agent;
  }

  /** The primary now, or the one there was before it fell silent. */
  lastPrimary(): Node | undefined {
    return lastPrimary(this.topology(), this.servers.primary);
  }

  judge(id: ServerId, signal: AbortSignal): Promise<Judgement> {
    return this.detector.inquest(id, signal);
  }

  /** What this controller sees of a server itself, for another one that asks. Never throws. */
  witness(id: ServerId, call: Call): Promise<Said> {
    return this.#witness.look(id, this.servers.byId(id), call);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.detector.close();
    await this.servers.close();
  }

  /** Asks every witness, then plans on what survivors say now. */
  async planFailover(request: RequestedSwitchover, signal: AbortSignal): Promise<Planned> {
    const dead = this.engine.handsOver ? this.shards.deadPrimary(request.to) : this.lastPrimary();
    if (!dead) {
      const fact = 'no single server of the cluster was last seen as its primary';
      return { ok: false, refusals: [{ code: 'no-primary', fact, needs: 'exactly one' }] };
    }
    const judgement = await this.judge(dead.id, signal);
    return this.planFailoverOf(dead.id, judgement, request);
  }

  planFailoverOf(dead: ServerId, judgement: Judgement, request: RequestedSwitchover): Planned {
    const { engine, servers } = this;
    const { doubts } = servers;
    const { policy } = this.setup;
    const situation = { ...this.#part(dead), policy, routes: new Map(), doubts };
    const { positions } = engine;
    return planFailover({ situation, dead, judgement, request, engine, positions });
  }

  planFencing(): Planned {
    return planFencing(this.topology(), this.servers.primary, this.setup.policy, this.engine);
  }

  async planRelocation(dead: ServerId, signal: AbortSignal): Promise<Planned> {
    const judgement = await this.judge(dead, signal);
    const { engine } = this;
    const { policy } = this.setup;
    return planRelocation({
      topology: this.topology(),
      policy,
      dead,
      judgement,
      engine,
      positions: engine.positions,
    });
  }

  async planRejoin(
    id: ServerId,
    replacement: Replacement | undefined,
    signal: AbortSignal,
  ): Promise<Planned> {
    await this.servers.lookAtAll(signal);
    return planRejoin({
      topology: this.topology(),
      policy: this.setup.policy,
      server: id,
      engine: this.engine,
      ...(replacement === undefined ? {} : { replacement }),
    });
  }

  async planRepair(id: ServerId, by: RepairMeans | undefined, signal: AbortSignal): Promise<Planned> {
    await this.servers.lookAtAll(signal);
    await this.#lookAtPrimaries(signal);
    const { engine } = this;
    return planRepair({
      topology: this.topology(),
      policy: this.setup.policy,
      server: id,
      engine,
      ...(by === undefined ? {} : { by }),
    });
  }

  /** Errant transactions are only told from a look at the primary that is younger than those at its replicas. */
  async #lookAtPrimaries(signal: AbortSignal): Promise<void> {
    await Promise.all(primaries(this.topology()).map(({ id }) => this.servers.lookAgain(id, signal)));
  }

  /** The topology that a plan about this server is about. */
  #part(id: ServerId): Pick<Situation, 'topology' | 'shards'> {
    if (!this.engine.handsOver) return { topology: this.topology() };
    const whole = this.topology();
    return { topology: shardTopologyOf(whole, id) ?? whole, shards: this.shards.situation() };
  }

  /** Looks at all servers and routes now and plans on what it sees. */
  async plan(to: ServerId | undefined, signal: AbortSignal, mode?: HandOverMode): Promise<Planned> {
    const end = this.#clock.monotonic() + settleMs;
    for (;;) {
      const planned = await this.#planNow(to, signal, mode);
      const settling = !planned.ok && this.engine.handsOver && this.shards.settles(planned.refusals);
      if (!settling || this.#clock.monotonic() >= end) return planned;
      await this.#clock.sleep(settlePauseMs, signal);
    }
  }

  async #planNow(to: ServerId | undefined, signal: AbortSignal, mode?: HandOverMode): Promise<Planned> {
    const call: Call = { signal, deadlineMs: this.#timing.deadlineMs };
    const [routes] = await Promise.all([this.routes.look(call), this.servers.lookAtAll(signal)]);
    await this.#lookAtPrimaries(signal);
    const cluster = this.setup.policy.name;
    const request = {
      cluster,
      ...(to === undefined ? {} : { to }),
      ...(mode === undefined ? {} : { mode }),
    };
    const refused = modeRefusal(this.engine, request);
    if (refused) return { ok: false, refusals: [refused] };
    const part = to === undefined ? { topology: this.topology() } : this.#part(to);
    const { doubts } = this.servers;
    return planSwitchover({ ...part, policy: this.setup.policy, routes, doubts }, request, this.engine);
  }
}
