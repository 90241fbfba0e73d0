/**
 * The Sentinel view over the control plane, for clusters of Redis and Valkey. It follows the journal, which tells of a
 * promotion at once, and looks at the topologies now and then, which tell of everything else.
 */
import { Fault } from '../../contract/errors.ts';
import type { ClusterSummary, ControlPlane, SwitchoverAnswer } from '../../control/control-plane.ts';
import type { Log } from '../../control/log.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Address, ServerId } from '../../core/identity.ts';
import type { RefusalCode } from '../../core/switchover-request.ts';
import { clusterView, runIdOf, runIdOfAddress, type ViewSettings } from './cluster-view.ts';
import { HandOvers } from './hand-overs.ts';
import type { FailoverAnswer, InstanceView, PrimaryView, SentinelView } from './sentinel-view.ts';

export interface ControlPlaneViewOptions {
  readonly control: ControlPlane;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the Sentinel faces of the other controllers listen. */
  readonly others: readonly Address[];
  readonly settings?: ViewSettings;
  /** Between two looks at the topologies, which are in memory. */
  readonly lookEveryMs?: number;
}

export interface ControlPlaneView extends SentinelView, AsyncDisposable {}

/** Dauphin's own notion of down is far quicker than Sentinel's 30 s: clients are told what it goes by. */
const usual: ViewSettings = { quorum: 1, downAfterMs: 1000, failoverTimeoutMs: 180_000 };
const LOOK_EVERY_MS = 250;
/** Before the event stream is asked for again when it has broken. */
const RETRY_MS = 500;
/** Operations of a cluster that the number of its hand-overs is made of. */
const RECALLED = 1000;

/** Compared as text: which of these an engine is called by is the engine's affair. */
const ENGINES: ReadonlySet<string> = new Set(['redis']);

/** Begins to follow at once. Dispose of it before the control plane. */
export function viewOfControlPlane(options: ControlPlaneViewOptions): ControlPlaneView {
  const view = new FollowingView(options);
  view.start();
  return view;
}

class FollowingView implements ControlPlaneView {
  readonly id: string;
  readonly #options: ControlPlaneViewOptions;
  readonly #handOvers = new HandOvers();
  readonly #silent = new Map<ServerId, number>();
  readonly #shown = new Map<string, InstanceView>();
  readonly #listeners = new Set<() => void>();
  readonly #end = new AbortController();
  #work: readonly Promise<void>[] = [];
  #current: readonly PrimaryView[] = [];
  #text = '';

  constructor(options: ControlPlaneViewOptions) {
    this.#options = options;
    this.id = runIdOf(options.control.name);
  }

  start(): void {
    this.#look();
    this.#work = [this.#follow(), this.#lookAgainAndAgain()];
  }

  primaries(): readonly PrimaryView[] {
    return this.#current;
  }

  peers(): ReturnType<SentinelView['peers']> {
    return this.#options.others.map((address) => ({ address, runId: runIdOfAddress(address), down: false }));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  failover(name: string, call: Call): Promise<FailoverAnswer> {
    return withDeadline(this.#options.clock, call, `failover of ${name}`, async () => {
      const { control } = this.#options;
      const asked = { cluster: name, requestedBy: 'sentinel' };
      const planned = answerOf(await control.switchover(asked));
      const isDead = !planned.ok && planned.refusals.some(({ code }) => OF_A_DEAD_PRIMARY.has(code));
      return isDead ? answerOf(await control.failover(asked)) : planned;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.#listeners.clear();
    await Promise.all(this.#work);
  }

  async #follow(): Promise<void> {
    const { control, clock, log } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#followOnce(control, signal);
      } catch (thrown) {
        if (!signal.aborted) log.warn({ err: thrown }, 'sentinel.events.failed');
      }
      this.#handOvers.forget();
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** Listening begins before what has happened so far is read: some is heard twice, nothing is missed. */
  async #followOnce(control: ControlPlane, signal: AbortSignal): Promise<void> {
    const events = control.events({ signal })[Symbol.asyncIterator]();
    try {
      let next = events.next();
      // Awaited below; a failure meanwhile is not to pass for one that nobody looks at.
      next.catch(() => undefined);
      await this.#recall(control);
      this.#look();
      for (;;) {
        const result = await next;
        if (result.done === true || result.value.kind === 'compacted') return;
        if (this.#handOvers.take(result.value)) this.#look();
        next = events.next();
      }
    } finally {
      void events.return?.().catch(() => undefined);
    }
  }

  async #recall(control: ControlPlane): Promise<void> {
    for (const { name } of this.#clusters()) {
      const operations = await control.operations({ cluster: name, limit: RECALLED });
      for (const operation of operations.toReversed()) {
        this.#handOvers.recall(operation);
        if (operation.status !== 'running') continue;
        this.#handOvers.take({ kind: 'operation', revision: 0, operation });
        for (const entry of await control.journal(operation.id)) {
          this.#handOvers.take({ kind: 'journal', revision: 0, entry });
        }
      }
    }
  }

  #clusters(): readonly ClusterSummary[] {
    return this.#options.control.clusters().filter(({ engine }) => ENGINES.has(engine));
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { clock, lookEveryMs = LOOK_EVERY_MS } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
      if (!signal.aborted) this.#look();
    }
  }

  /** Listeners hear of what clients could tell apart, and not of every look at a server. */
  #look(): void {
    this.#current = this.#clusters()
      .flatMap(({ name }) => this.#viewOf(name))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const text = JSON.stringify(this.#current, ignoringTime);
    if (text === this.#text) return;
    this.#text = text;
    for (const listener of this.#listeners) listener();
  }

  #viewOf(name: string): readonly PrimaryView[] {
    const { control, settings = usual } = this.#options;
    try {
      const topology = control.topology(name);
      for (const { id, reachable, failure } of topology.nodes) {
        if (reachable) this.#silent.delete(id);
        else if (!this.#silent.has(id)) this.#silent.set(id, failure?.at ?? topology.at);
      }
      const promotion = this.#handOvers.promotion(name);
      const shown = this.#shown.get(name);
      const dead = control.findings(name).find(({ code }) => code === 'dead-primary')?.server;
      const view = clusterView(
        {
          ...{ topology, silent: this.#silent },
          handingOver: this.#handOvers.handingOver(name),
          fenced: this.#handOvers.fenced(name),
          configEpoch: this.#handOvers.count(name),
          ...(dead === undefined ? {} : { dead }),
          ...(promotion === undefined ? {} : { promotion }),
          ...(shown === undefined ? {} : { shown }),
        },
        settings,
      );
      if (view.primary) this.#shown.set(name, view.primary);
      return [view];
    } catch (thrown) {
      // Taken out of the configuration between the two questions.
      if (thrown instanceof Fault && thrown.code === 'not-found') return [];
      throw thrown;
    }
  }
}

/** What a switchover is refused with when only a failover will do. */
const OF_A_DEAD_PRIMARY: ReadonlySet<RefusalCode> = new Set(['no-primary', 'primary-unreachable']);

const answerOf = (answer: SwitchoverAnswer): FailoverAnswer =>
  answer.ok ? { ok: true } : { ok: false, refusals: answer.refusals };

const ignoringTime = (key: string, value: unknown): unknown =>
  key === 'answeredAt' || key === 'offset' ? undefined : value;
