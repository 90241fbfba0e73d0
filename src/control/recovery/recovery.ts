/**
 * Acts on deaths and returns by itself, where the policy allows: takes over from a dead primary, and makes a former one
 * a replica again when it is back.
 */

import { asFault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { writableAgain } from '../../core/failover/plan-fencing.ts';
import { type RecoveryLimits, recoveryRefusals } from '../../core/recovery/may-recover.ts';
import type { Store } from '../../core/store.ts';
import type { Refusal } from '../../core/switchover-request.ts';
import { type Node, nodeById, type Topology } from '../../core/topology.ts';
import type { SwitchoverAnswer } from '../control-plane.ts';
import type { Death } from '../detection/detector.ts';
import type { Log } from '../log.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import { gatherFacts } from './gather-facts.ts';
import type { Orders } from './orders.ts';

export interface RecoveryParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: RecoveryLimits;
  readonly orders: Orders;
  readonly clusters: readonly WatchedCluster[];
  /** An operation runs there that a failover has to wait for. */
  busy(cluster: string): boolean;
  /** No operation runs there. */
  idle(cluster: string): boolean;
  /** Failovers under way, of all clusters. */
  running(): number;
  failover(cluster: WatchedCluster, death: Death): Promise<SwitchoverAnswer>;
  rejoin(cluster: WatchedCluster, node: Node): Promise<SwitchoverAnswer>;
  fence(cluster: WatchedCluster): Promise<SwitchoverAnswer>;
  relocate(cluster: WatchedCluster, node: Node): Promise<SwitchoverAnswer>;
}

const returnsEveryMs = 1000;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;
const agentMs = 500;

interface Attempts {
  count: number;
  /** Monotonic milliseconds before which it is not tried again. */
  notBefore: number;
}

export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #stop = new AbortController();
  /** By cluster, or cluster and server for a rejoin. */
  readonly #attempts = new Map<string, Attempts>();
  /** What was said last of a death, so that it is not said every second. */
  readonly #said = new Map<string, string>();
  readonly #deciding = new Set<string>();
  /** One decision after the other, over all clusters: each counts the failovers that those before it began. */
  #turn = Promise.resolve();
  #loop: Promise<void> | undefined;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  start(): void {
    for (const cluster of this.#parts.clusters) {
      const { name } = cluster.setup.policy;
      cluster.detector.busy = () => this.#parts.busy(name);
      cluster.detector.onDeath = (death) => void this.#onDeath(cluster, death);
      cluster.detector.onFlapping = (server, returns) => {
        this.#parts.log.error({ cluster: name, primary: server.name, returns }, 'primary.flapping');
      };
      cluster.detector.start();
    }
    this.#loop = this.#awaitReturns();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #onDeath(cluster: WatchedCluster, death: Death): Promise<void> {
    const { name } = cluster.setup.policy;
    if (this.#deciding.has(name) || this.#parts.busy(name) || this.#stop.signal.aborted) return;
    if (!this.#mayTry(name)) return;
    this.#deciding.add(name);
    const { promise: decided, resolve: next } = Promise.withResolvers<void>();
    const before = this.#turn;
    this.#turn = decided;
    try {
      await before;
      const refusals = recoveryRefusals(await gatherFacts(this.#parts, cluster, death));
      if (refusals.length > 0) this.#tell(cluster, death, refusals);
      else await this.#takeOver(cluster, death);
    } catch (thrown) {
      this.#failed(name);
      this.#parts.log.error({ cluster: name, message: asFault(thrown).message }, 'failover.not-begun');
    } finally {
      this.#deciding.delete(name);
      next();
    }
  }

  async #takeOver(cluster: WatchedCluster, death: Death): Promise<void> {
    const { name } = cluster.setup.policy;
    this.#parts.log.warn(
      { cluster: name, primary: death.name, because: death.judgement.because },
      'primary.dead',
    );
    const answer = await this.#parts.failover(cluster, death);
    this.#failed(name);
    if (!answer.ok) this.#tell(cluster, death, answer.refusals);
  }

  /** Once for the same reasons; with the plan that would have been, where the policy is to observe. */
  #tell(cluster: WatchedCluster, { server, name, judgement }: Death, refusals: readonly Refusal[]): void {
    const key = cluster.setup.policy.name;
    const words = `${server} ${refusals.map(({ code }) => code).join()}`;
    if (this.#said.get(key) === words) return;
    this.#said.set(key, words);
    const about = { cluster: key, primary: name, because: judgement.because, refusals };
    if (cluster.setup.policy.failover.mode !== 'observe') {
      this.#parts.log.error(about, 'failover.refused');
      return;
    }
    const planned = cluster.planFailoverOf(server, judgement, { cluster: key });
    const would = planned.ok
      ? { would: `promote ${planned.plan.to.name}`, guarantee: planned.plan.guarantee }
      : planned;
    this.#parts.log.warn({ ...about, ...would }, 'failover.observed');
  }

  #mayTry(key: string): boolean {
    const { count = 0, notBefore = 0 } = this.#attempts.get(key) ?? {};
    return count === 0 || this.#parts.clock.monotonic() >= notBefore;
  }

  /** Pauses grow while it goes on failing; what succeeds is not asked for again. */
  #failed(key: string): void {
    const count = (this.#attempts.get(key)?.count ?? 0) + 1;
    const pauseMs = Math.min(firstPauseMs * 2 ** (count - 1), longestPauseMs);
    this.#attempts.set(key, { count, notBefore: this.#parts.clock.monotonic() + pauseMs });
  }

  async #awaitReturns(): Promise<void> {
    const { clock, clusters } = this.#parts;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(returnsEveryMs, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      await Promise.all(
        clusters.map((cluster) =>
          this.#welcome(cluster).catch((thrown: unknown) => {
            const message = asFault(thrown).message;
            this.#parts.log.warn({ cluster: cluster.setup.policy.name, message }, 'rejoin.not-begun');
          }),
        ),
      );
    }
  }

  async #welcome(cluster: WatchedCluster): Promise<void> {
    const { name, failover } = cluster.setup.policy;
    const topology = cluster.topology();
    this.#forgetHealed(cluster, topology);
    // Not while the primary is suspected: what it needs comes first.
    if (cluster.detector.judgement !== undefined) return;
    this.#forget(name);
    if (!this.#parts.idle(name) || (await this.#fenceReturned(cluster))) return;
    if (failover.mode !== 'automatic') return;
    if (await this.#relocateOrphans(cluster)) return;
    if (failover.rejoin !== 'automatic') return;
    for (const node of topology.nodes) {
      if (node.replacedBy === undefined || node.role !== 'primary') continue;
      const key = `${name} ${node.id}`;
      if (!this.#mayTry(key) || !(await this.#isBack(cluster, node))) continue;
      this.#failed(key);
      await this.#parts.rejoin(cluster, node);
      return;
    }
  }

  /** Whatever the mode: two servers that take writes are nothing to wait for a person with. Returns whether it began. */
  async #fenceReturned(cluster: WatchedCluster): Promise<boolean> {
    const { servers, setup } = cluster;
    const suspect = writableAgain(cluster.topology(), servers.primary);
    if (!suspect || setup.policy.failover.mode === 'observe') return false;
    // The look at it may be older than its replacement.
    await servers.lookAgain(suspect.id, this.#stop.signal);
    const node = writableAgain(cluster.topology(), servers.primary);
    if (!node) return false;
    const key = `${cluster.setup.policy.name} ${node.id} fence`;
    if (!this.#mayTry(key)) return false;
    this.#failed(key);
    return (await this.#parts.fence(cluster)).ok;
  }

  /** Returns whether anything was begun. */
  async #relocateOrphans(cluster: WatchedCluster): Promise<boolean> {
    const topology = cluster.topology();
    const dead = cluster
      .findings()
      .find(({ code, downtimed }) => code === 'dead-intermediate-source' && !downtimed);
    const node = dead?.server === undefined ? undefined : nodeById(topology, dead.server);
    if (!node) return false;
    const key = `${topology.cluster} ${node.id}`;
    if (!this.#mayTry(key)) return false;
    this.#failed(key);
    const answer = await this.#parts.relocate(cluster, node);
    return answer.ok;
  }

  /** One that replicates again needs nothing; the next time it does is another matter. */
  #forgetHealed({ setup }: WatchedCluster, { nodes }: Topology): void {
    for (const { id, role, reachable } of nodes) {
      if (role !== 'replica' || !reachable) continue;
      this.#attempts.delete(`${setup.policy.name} ${id}`);
      this.#attempts.delete(`${setup.policy.name} ${id} fence`);
    }
  }

  #forget(cluster: string): void {
    this.#attempts.delete(cluster);
    this.#said.delete(cluster);
  }

  /** It answers, or its agent does and can start it. */
  async #isBack(cluster: WatchedCluster, node: Node): Promise<boolean> {
    if (node.reachable) return true;
    const agent = cluster.agentOf(node.id);
    if (!agent) return false;
    return agent.state({ signal: this.#stop.signal, deadlineMs: agentMs }).then(
      () => true,
      () => false,
    );
  }
}
