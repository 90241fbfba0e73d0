/** Runs operations: takes the lease, writes down, executes, closes; and takes up what another controller left. */

import { asFault, Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { unknownTo } from '../../core/failover/possible-primaries.ts';
import { type OperationId, operationId } from '../../core/identity.ts';
import type { AbandonWord, Operation } from '../../core/operation.ts';
import type { Plan, PlanKind } from '../../core/plan.ts';
import type { Store } from '../../core/store.ts';
import type { Refusal } from '../../core/switchover-request.ts';
import { Abandonment } from '../execution/abandonment.ts';
import { endAbandoned } from '../execution/end-abandoned.ts';
import { programs } from '../execution/programs.ts';
import { Progress } from '../execution/progress.ts';
import type { Finished } from '../execution/run-phases.ts';
import type { Execution } from '../execution/run-steps.ts';
import type { Log } from '../log.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import { settleAbandoned } from './abandon.ts';
import { doubtsAfter, readDoubts } from './doubts.ts';
import { type Ends, givenUp } from './given-up.ts';
import type { Holder } from './holder.ts';
import { Journal } from './journal.ts';
import { keys } from './keys.ts';
import { acquireLease, type ClusterLease } from './lease.ts';
import { lookAtResult } from './look-at-result.ts';
import { operationRunning } from './operation-running.ts';
import { findOperation, openOperation, openWrite, operationWrite, readJournal } from './records.ts';
import { standing } from './standing.ts';
import { type SurroundingParts, surroundingsOf } from './surroundings-of.ts';

export interface RunnerParts extends SurroundingParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly log: Log;
}

export type Begun = { readonly ok: true } | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** How often a store that cannot take an operation's end is tried again. */
const closeEveryMs = 1000;
/** How often a lease that another controller holds is asked for, by one that resumes. */
const resumeEveryMs = 250;
/** For ending what the dead controller left on a server. */
const takeOverMs = 1000;
/** How long after it left an operation a controller tries to take it up again. */
const againMs = 1000;
/** How long whoever gives an operation up is kept waiting for its end. */
const heedMs = 3000;

interface Resumption {
  readonly interruption: Fault;
  /** See `Execution.journalComplete`. */
  readonly complete: boolean;
}

/** Under what an operation is run. */
interface Term extends Ends {
  readonly lease: ClusterLease;
  readonly resumption?: Resumption;
}

interface Running {
  readonly abandonment: Abandonment;
  readonly id: OperationId;
  readonly kind: PlanKind;
  readonly giveUp: AbortController;
  /** Its lease is given back. */
  readonly ended: Promise<void>;
}

/** What can wait until a dead primary is replaced, and be begun anew. */
const postponable: ReadonlySet<PlanKind> = new Set<PlanKind>([
  'rejoin',
  'relocation',
  'fencing',
  'repair',
  'reshape',
]);

type PlannedOperation = Operation & { readonly plan: Plan };

export class OperationRunner {
  readonly #parts: RunnerParts;
  /** By cluster. */
  readonly #running = new Map<string, Running>();
  readonly #work = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #clusterOf: (name: string) => WatchedCluster | undefined = () => undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Returns once the operation is on record under the cluster's lease; it then runs by itself. */
  async begin(operation: PlannedOperation, cluster: WatchedCluster): Promise<Begun> {
    const answer = await acquireLease(this.#parts, operation.cluster, operation.id);
    if (!answer.ok) return { ok: false, refusals: [operationRunning(answer.heldFor)] };
    const { lease } = answer;
    try {
      const refusals = await this.#givenUpSince(operation.plan, cluster);
      if (refusals.length > 0) {
        await lease.release();
        return { ok: false, refusals };
      }
      const open = keys.open(operation.cluster);
      const written = await this.#parts.store.commit({
        compare: [lease.guard, { key: open, is: 'absent' }],
        writes: [operationWrite(operation), openWrite(operation, this.#parts.holder)],
      });
      if (!written.ok) {
        const left = await this.#parts.store.get(open);
        await lease.release();
        const heldFor = left ? openOperation(left).operation : 'another controller';
        return { ok: false, refusals: [operationRunning(heldFor)] };
      }
    } catch (thrown) {
      await lease.release();
      throw thrown;
    }
    this.#track(operation, (ends) => this.#execute(operation, cluster, { lease, ...ends }));
    return { ok: true };
  }

  /** What another controller has left in doubt since a promotion was planned; under the lease nobody adds to it. */
  async #givenUpSince(plan: Plan, cluster: WatchedCluster): Promise<readonly Refusal[]> {
    if (plan.kind !== 'failover' && plan.kind !== 'switchover') return [];
    const { doubts } = cluster.servers;
    await readDoubts(this.#parts.store, plan.cluster, doubts);
    return unknownTo(plan, cluster.topology(), doubts);
  }

  /** Takes up every operation that is on record as running. */
  async resume(clusterOf: (name: string) => WatchedCluster | undefined): Promise<void> {
    this.#clusterOf = clusterOf;
    const { entries } = await this.#parts.store.range(keys.allOpen);
    for (const entry of entries) {
      const { operation: id } = openOperation(entry);
      const operation = await findOperation(this.#parts.store, operationId(id));
      const cluster = operation && clusterOf(operation.cluster);
      if (operation?.plan === undefined || !cluster) continue;
      const planned = { ...operation, plan: operation.plan, resumed: operation.resumed + 1 };
      this.#track(planned, (ends) => this.#takeUp(planned, cluster, ends));
    }
  }

  /** The operation that has this cluster in hand. */
  isRunning(cluster: string): string | undefined {
    return this.#running.get(cluster)?.id;
  }

  /** Whether what runs there has to come to its end before a failover may begin. */
  isHoldingUp(cluster: string): boolean {
    const running = this.#running.get(cluster);
    return running !== undefined && !postponable.has(running.kind);
  }

  /**
   * Ends what can wait: its operation is closed as failed. Returns before that when it takes long, as without a store:
   * what runs then still is in the way, and other clusters are not kept waiting for it.
   */
  async makeWay(cluster: string): Promise<void> {
    const running = this.#running.get(cluster);
    if (!running || !postponable.has(running.kind)) return;
    running.giveUp.abort(new Fault('lease-lost', 'given up: the primary died'));
    await this.#heed(running);
  }

  /** A person's word; heeded where it waits without end. Returns the operation as it is then, or soon after. */
  async abandon(operation: Operation, word: AbandonWord, cluster: WatchedCluster): Promise<Operation> {
    const { store } = this.#parts;
    const running = this.#running.get(operation.cluster);
    if (running?.id !== operation.id) {
      return settleAbandoned(this.#parts, { operation, word, suspects: cluster.servers });
    }
    running.abandonment.give(word);
    await this.#heed(running);
    return (await findOperation(store, operation.id)) ?? operation;
  }

  async #heed({ ended }: Running): Promise<void> {
    const heeded = new AbortController();
    const either = AbortSignal.any([this.#stop.signal, heeded.signal]);
    const patience = this.#parts.clock.sleep(heedMs, either).catch(() => undefined);
    await Promise.race([ended, patience]);
    heeded.abort();
  }

  /** How many of that kind run, over all clusters. */
  running(kind: PlanKind): number {
    return [...this.#running.values()].filter((operation) => operation.kind === kind).length;
  }

  /** Lets running operations come to their end, for at most `forMs`; what is left is resumed by the next controller. */
  async close(forMs: number): Promise<void> {
    const patience = this.#parts.clock.sleep(forMs, this.#stop.signal).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#work), patience]);
    this.#stop.abort(new Fault('lease-lost', 'the controller stops'));
    await Promise.allSettled(this.#work);
  }

  #track(operation: Operation, execute: (ends: Ends) => Promise<void>): void {
    const giveUp = new AbortController();
    const abandonment = new Abandonment();
    const ended = execute({ giveUp: giveUp.signal, abandonment })
      .catch((thrown: unknown) => {
        const fault = asFault(thrown);
        const { code, message } = fault;
        this.#parts.log.error({ operation: operation.id, code, message }, 'operation.left');
        void this.#again(operation);
      })
      .finally(() => {
        this.#work.delete(ended);
        this.#forget(operation);
      });
    const { id, kind } = operation;
    this.#running.set(operation.cluster, { id, kind, giveUp, abandonment, ended });
    this.#work.add(ended);
  }

  /** What this controller had to leave, it takes up again if nobody else has. */
  async #again(operation: Operation): Promise<void> {
    const { clock, store } = this.#parts;
    await clock.sleep(againMs, this.#stop.signal).catch(() => undefined);
    if (this.#stop.signal.aborted) return;
    const found = await findOperation(store, operation.id).catch(() => operation);
    const cluster = found && this.#clusterOf(found.cluster);
    if (found?.status !== 'running' || found.plan === undefined || !cluster) return;
    const planned: PlannedOperation = { ...found, plan: found.plan, resumed: found.resumed + 1 };
    this.#track(planned, (ends) => this.#takeUp(planned, cluster, ends));
  }

  #forget(operation: Operation): void {
    if (this.#running.get(operation.cluster)?.id === operation.id) this.#running.delete(operation.cluster);
  }

  async #takeUp(operation: PlannedOperation, cluster: WatchedCluster, ends: Ends): Promise<void> {
    for (;;) {
      const answer = await acquireLease(this.#parts, operation.cluster, operation.id);
      if (answer.ok) {
        const complete = await this.#stillOpen(operation, answer.lease);
        if (complete === undefined) return answer.lease.release();
        const interruption = new Fault('lease-lost', 'the controller that ran it died', {
          details: { resumed: operation.resumed },
        });
        const resumption = { interruption, complete };
        return this.#execute(operation, cluster, { lease: answer.lease, ...ends, resumption });
      }
      await this.#parts.clock.sleep(resumeEveryMs, AbortSignal.any([this.#stop.signal, ends.giveUp]));
    }
  }

  /**
   * Whether its journal is surely complete; undefined when the holder has brought it to its end while this
   * controller waited for the lease. From here on it is this controller's.
   */
  async #stillOpen(operation: PlannedOperation, lease: ClusterLease): Promise<boolean | undefined> {
    const { store, holder } = this.#parts;
    try {
      const entry = await store.get(keys.open(operation.cluster));
      const open = entry && openOperation(entry);
      if (open?.operation !== operation.id) return undefined;
      const complete = open.incomplete !== true && holder.sameBoot(open.holder);
      const writes = [operationWrite(operation), openWrite(operation, holder, complete)];
      await store.commit({ compare: [lease.guard], writes });
      return complete;
    } catch (thrown) {
      await lease.release();
      throw thrown;
    }
  }

  /** However it ends, the lease is given back: an operation that is left must not keep its cluster. */
  async #execute(
    operation: PlannedOperation,
    cluster: WatchedCluster,
    { lease, resumption, ...ends }: Term,
  ): Promise<void> {
    const { log } = this.#parts;
    const { id, resumed } = operation;
    log.info({ operation: id, cluster: operation.cluster, resumed }, 'operation.started');
    try {
      const complete = resumption?.complete ?? true;
      const execution = await this.#execution(operation, cluster, { lease, complete, ...ends });
      const work = resumption
        ? this.#resume(execution, resumption)
        : programs[operation.plan.kind].run(execution);
      const finished = await work.catch((thrown: unknown) => givenUp(execution, ends, thrown));
      await this.#rest(operation.plan, cluster);
      const until = { giveUp: ends.giveUp, stop: this.#stop.signal };
      await lookAtResult(operation.plan, cluster.servers, until);
      const { journal, outputs } = execution;
      await this.#finish(operation, finished, { journal, outputs, lease, cluster: cluster.servers });
      this.#forget(operation);
      log.info({ operation: id, status: finished.status, outcome: finished.outcome }, 'operation.finished');
    } finally {
      await lease.release();
      await this.#rest(operation.plan, cluster);
    }
    this.#lookAround(cluster);
  }

  /** Not a part of the operation: the next one need not wait for a server that does not answer. */
  #lookAround({ servers }: WatchedCluster): void {
    const look = servers.lookAtAll(this.#stop.signal).finally(() => this.#work.delete(look));
    this.#work.add(look);
  }

  async #execution(
    operation: PlannedOperation,
    cluster: WatchedCluster,
    { lease, giveUp, abandonment, complete }: Ends & { lease: ClusterLease; complete: boolean },
  ): Promise<Execution> {
    const { store, clock } = this.#parts;
    const entries = await readJournal(store, operation.id);
    const next = (entries.at(-1)?.sequence ?? -1) + 1;
    const progress = Progress.replay(entries);
    return {
      surroundings: surroundingsOf(this.#parts, { cluster, lease, operation: operation.id }),
      operation: operation.id,
      plan: operation.plan,
      outputs: progress.outputs,
      progress,
      journal: new Journal({ store, clock, guard: lease.guard, operation: operation.id, next }),
      carried: [],
      journalComplete: complete,
      stop: AbortSignal.any([lease.lost, this.#stop.signal, giveUp]),
      abandonment,
    };
  }

  async #resume(execution: Execution, { interruption }: Resumption): Promise<Finished> {
    await execution.journal.note({ event: 'resumed', note: interruption.message });
    const { plan, surroundings, stop, progress } = execution;
    const call = { signal: stop, deadlineMs: takeOverMs, assertAllowed: surroundings.assertAllowed };
    // What cannot be reached now has nothing under way either that this controller could end.
    await Promise.allSettled([plan.from, plan.to].map((server) => surroundings.link(server).takeOver(call)));
    // A reshape has promoted nobody: it ends by itself where it was stopped.
    if (progress.abandoned && plan.kind !== 'reshape') return endAbandoned(execution, progress.abandoned);
    return programs[plan.kind].resume(execution, interruption);
  }

  /** Needs no lease: it only gives up connections, and with them what they lock. */
  async #rest(plan: Plan, cluster: WatchedCluster): Promise<void> {
    const servers = plan.steps.flatMap(({ action }) => ('server' in action ? [action.server] : []));
    await Promise.all(servers.map(({ id, address }) => cluster.servers.linkTo(id, address).rest()));
  }

  /** The end is written however long the store takes to come back; until then the lease is kept. */
  async #finish(
    operation: Operation,
    { status, outcome, abandoned, putDown }: Finished,
    {
      journal,
      outputs,
      lease,
      cluster,
    }: Pick<Execution, 'journal' | 'outputs'> & { lease: ClusterLease; cluster: WatchedCluster['servers'] },
  ): Promise<void> {
    const finishedAt = this.#parts.clock.now();
    const word = abandoned === undefined ? {} : { abandoned };
    const closed: Operation = { ...operation, status, outcome, finishedAt, ...word };
    const doubts = doubtsAfter(closed, { putDown, outputs });
    const change = status === 'succeeded' ? standing(closed) : undefined;
    for (;;) {
      try {
        await journal.write({ event: 'finished', status, summary: outcome.summary }, 'flushed', [
          operationWrite(closed),
          ...(change?.writes ?? []),
          ...doubts.writes,
          { delete: keys.open(operation.cluster) },
          // Who sees the end may ask for the next one at once.
          { delete: lease.key },
        ]);
        change?.apply(cluster);
        doubts.apply(cluster);
        return;
      } catch (thrown) {
        if (asFault(thrown).code !== 'store-unavailable') throw thrown;
        await this.#parts.clock.sleep(closeEveryMs, this.#stop.signal);
      }
    }
  }
}
