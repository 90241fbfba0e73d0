/**
 * Acts on deaths and returns by itself: begins what the core's tables say, one thing at a time. What may be done is
 * decided in core/recovery/.
 */

import { asFault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { ServerId } from '../../core/identity.ts';
import { type RecoveryLimits, recoveryRefusals } from '../../core/recovery/may-recover.ts';
import { healed, type Move, type MoveKind, moveKinds, nextMoves } from '../../core/recovery/next-moves.ts';
import type { Store } from '../../core/store.ts';
import { type Node, replicasOf } from '../../core/topology.ts';
import type { SwitchoverAnswer } from '../control-plane.ts';
import type { Death } from '../detection/death-watch.ts';
import type { Log } from '../log.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import { Attempts } from './attempts.ts';
import { gatherFacts, maintenanceOf } from './gather-facts.ts';
import type { Orders } from './orders.ts';
import { RefusalTeller } from './tell-refusal.ts';

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

/** Where the configuration says nothing. */
export const recoveryLimits: RecoveryLimits = { atOnce: 3, brake: { failovers: 5, withinMs: 600_000 } };

const returnsEveryMs = 1000;
/** Between two looks at whether an operation has ended. */
const busyMs = 10;
const agentMs = 500;

/** A server may be tried anew with one kind of move after another kind has failed. */
const keyOf = (cluster: string, kind: MoveKind, server: string): string => `${cluster} ${kind} ${server}`;

/** Each of several primaries may die for itself. */
const deathKey = ({ engine, setup }: WatchedCluster, server: ServerId): string =>
  engine.handsOver ? `${setup.policy.name} death ${server}` : setup.policy.name;

/** Its replicas follow it still: the cluster has not elected one of them by itself. */
const stillLeads = (cluster: WatchedCluster, server: ServerId): boolean =>
  replicasOf(cluster.topology(), server).length > 0;

export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #stop = new AbortController();
  /** By cluster for a failover, else by cluster, kind and server. */
  readonly #attempts: Attempts;
  readonly #teller: RefusalTeller;
  readonly #deciding = new Set<string>();
  /** One decision after the other, over all clusters: each counts the failovers that those before it began. */
  #turn = Promise.resolve();
  #loop: Promise<void> | undefined;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
    this.#attempts = new Attempts(parts.clock);
    this.#teller = new RefusalTeller(parts.log);
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
    const { handsOver } = cluster.engine;
    const key = deathKey(cluster, death.server);
    if (this.#deciding.has(key) || this.#stop.signal.aborted || !this.#attempts.may(key)) return;
    // One of several primaries is not forgotten over another's failover.
    if (this.#parts.busy(name) && !handsOver) return;
    this.#deciding.add(key);
    let next: () => void = () => undefined;
    try {
      next = await this.#awaitTurn(cluster);
      if (handsOver && !stillLeads(cluster, death.server)) return;
      const refusals = recoveryRefusals(await gatherFacts(this.#parts, cluster, death));
      if (refusals.length > 0) this.#teller.tell(cluster, death, refusals);
      else await this.#takeOver(cluster, death);
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      this.#attempts.add(key);
      this.#parts.log.error({ cluster: name, message: asFault(thrown).message }, 'failover.not-begun');
    } finally {
      this.#deciding.delete(key);
      next();
    }
  }

  /** Returns what lets the next one decide. Where another primary of the cluster is replaced, that is waited for first. */
  async #awaitTurn(cluster: WatchedCluster): Promise<() => void> {
    const { name } = cluster.setup.policy;
    for (;;) {
      while (cluster.engine.handsOver && this.#parts.busy(name))
        await this.#parts.clock.sleep(busyMs, this.#stop.signal);
      const { promise: decided, resolve: next } = Promise.withResolvers<void>();
      const before = this.#turn;
      this.#turn = decided;
      await before;
      if (!cluster.engine.handsOver || !this.#parts.busy(name)) return next;
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
    this.#attempts.add(deathKey(cluster, death.server));
    if (!answer.ok) this.#teller.tell(cluster, death, answer.refusals);
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
    const { name } = cluster.setup.policy;
    for (const server of healed(cluster.topology())) {
      for (const kind of moveKinds) this.#attempts.forget(keyOf(name, kind, server));
    }
    if (cluster.detector.judgement === undefined) {
      this.#attempts.forget(name);
      for (const { id } of cluster.topology().nodes) this.#attempts.forget(deathKey(cluster, id));
      this.#teller.forget(name);
    }
    const keyOfMove = ({ kind, node }: Move): string => keyOf(name, kind, node.id);
    const due = (maintenance: boolean): readonly Move[] =>
      this.#movesOf(cluster, maintenance).filter((move) => this.#attempts.may(keyOfMove(move)));
    if (due(false).length === 0) return;
    const { orders, clock } = this.#parts;
    const maintenance = maintenanceOf(await orders.read(cluster), cluster, clock.now()) !== undefined;
    for (const move of due(maintenance)) {
      if (!(await this.#canBegin(cluster, move))) continue;
      this.#attempts.add(keyOfMove(move));
      const answer = await this.#begin(cluster, move);
      if (answer.ok) return;
    }
  }

  #movesOf(cluster: WatchedCluster, maintenance = false): readonly Move[] {
    const { setup, servers, detector } = cluster;
    // Its servers put each other right.
    if (cluster.engine.handsOver) return [];
    return nextMoves({
      policy: setup.policy.failover,
      topology: cluster.topology(),
      findings: () => cluster.findings(),
      made: servers.primary,
      suspected: detector.judgement !== undefined,
      busy: !this.#parts.idle(setup.policy.name),
      maintenance,
    });
  }

  async #canBegin(cluster: WatchedCluster, { kind, node }: Move): Promise<boolean> {
    switch (kind) {
      case 'fence':
        // The look at it may be older than its replacement.
        await cluster.servers.lookAgain(node.id, this.#stop.signal);
        return this.#movesOf(cluster).some((each) => each.kind === kind && each.node.id === node.id);
      case 'relocate':
        return true;
      case 'rejoin':
        return this.#isBack(cluster, node);
      default:
        return kind satisfies never;
    }
  }

  #begin(cluster: WatchedCluster, { kind, node }: Move): Promise<SwitchoverAnswer> {
    switch (kind) {
      case 'fence':
        return this.#parts.fence(cluster);
      case 'relocate':
        return this.#parts.relocate(cluster, node);
      case 'rejoin':
        return this.#parts.rejoin(cluster, node);
      default:
        return kind satisfies never;
    }
  }

  /** It answers, or its agent does and can start it; on a stuck disk nothing can be made of it. */
  async #isBack(cluster: WatchedCluster, node: Node): Promise<boolean> {
    if (node.host?.state?.disk === 'stuck') return false;
    if (node.reachable) return true;
    const agent = cluster.agentOf(node.id);
    if (!agent) return false;
    return agent.state({ signal: this.#stop.signal, deadlineMs: agentMs }).then(
      () => true,
      () => false,
    );
  }
}
