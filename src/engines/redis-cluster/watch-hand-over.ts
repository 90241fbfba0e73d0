/**
 * Sends a manual failover and watches the nodes. The candidate is asked every few milliseconds; the other primaries and
 * the old one only now and then, until it calls itself primary: they do not know earlier.
 */
import { asFault, type Fault } from '../../contract/errors.ts';
import { Bell } from '../../core/bell.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { type ClusterView, hasFlag, type NodeId, selfIn } from '../../core/shards/cluster-view.ts';
import { type HandOverJudgement, judgeHandOver } from '../../core/shards/judge-hand-over.ts';
import type { ClusterNodeLink } from './cluster-node.ts';
import { type ClusterNodes, chosen } from './cluster-nodes.ts';
import type { HandOverOrder } from './hand-over-order.ts';
import type { Prepared } from './prepare-hand-over.ts';

export interface Watched {
  readonly judgement: HandOverJudgement;
  readonly tookMs: number;
  /** `false`: the candidate answered with an error. Undefined: whether it took the command is not known. */
  readonly accepted: boolean | undefined;
  readonly refusedBy?: Fault;
  /** What those said last that answered last time they were asked. */
  readonly views: ReadonlyMap<NodeId, ClusterView>;
  readonly silent: ReadonlyMap<NodeId, Fault>;
  /** Bytes, as they were read together while nobody had been elected. */
  readonly offsets: readonly Offsets[];
}

export interface Offsets {
  readonly candidate: number;
  readonly primary: number;
}

export interface WatchParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
  readonly prepared: Prepared;
  readonly attemptMs: number;
}

/** A node that does not answer within this is asked again over another connection. */
const pollMs = 500;
const seldomMs = 50;
const offsetsMs = 200;

export async function watchHandOver(order: HandOverOrder, parts: WatchParts, call: Call): Promise<Watched> {
  return new Watch(order, parts, call).run();
}

class Watch {
  readonly #order: HandOverOrder;
  readonly #parts: WatchParts;
  readonly #call: Call;
  readonly #began: number;
  /** Fires when there is nothing more to see. */
  readonly #over = new AbortController();
  readonly #elected = new Bell();
  readonly #views = new Map<NodeId, ClusterView>();
  readonly #silent = new Map<NodeId, Fault>();
  readonly #offsets: Offsets[] = [];
  #electedAt: number | undefined;
  #accepted: boolean | undefined;
  #refusedBy: Fault | undefined;
  #judgement: HandOverJudgement = { kind: 'waiting', for: 'candidate', seenBy: [] };

  constructor(order: HandOverOrder, parts: WatchParts, call: Call) {
    this.#order = order;
    this.#parts = parts;
    this.#call = call;
    this.#began = parts.clock.monotonic();
  }

  async run(): Promise<Watched> {
    const { prepared, nodes, attemptMs, clock } = this.#parts;
    const { voters } = prepared.picture.quorum;
    const { candidate, dead = new Set<NodeId>() } = this.#order;
    await this.#tell();
    if (this.#accepted !== false) {
      const watched = [candidate, ...voters].filter((id) => !dead.has(id));
      const signal = AbortSignal.any([this.#call.signal, this.#over.signal]);
      const limit = clock.sleep(Math.min(attemptMs, this.#call.deadlineMs), signal).then(
        () => this.#over.abort(),
        () => undefined,
      );
      await Promise.all([
        limit,
        this.#sample(signal),
        ...[...chosen(nodes, watched)].map(([id, node]) => this.#follow(id, node, signal)),
      ]);
      this.#call.signal.throwIfAborted();
    }
    return {
      judgement: this.#judgement,
      tookMs: clock.monotonic() - this.#began,
      accepted: this.#accepted,
      ...(this.#refusedBy === undefined ? {} : { refusedBy: this.#refusedBy }),
      views: this.#views,
      silent: this.#silent,
      offsets: this.#offsets,
    };
  }

  async #tell(): Promise<void> {
    try {
      await this.#parts.prepared.link.failover(this.#order.mode, this.#brief(this.#call.signal));
      this.#accepted = true;
    } catch (thrown) {
      this.#call.signal.throwIfAborted();
      const fault = asFault(thrown);
      const refused = fault.code === 'statement-failed' || fault.details.sent === false;
      if (refused) [this.#accepted, this.#refusedBy] = [false, fault];
    }
  }

  /** Asks one node again and again. */
  async #follow(id: NodeId, node: ClusterNodeLink, signal: AbortSignal): Promise<void> {
    const before = this.#parts.prepared.views.find((view) => view.by === id) ?? this.#parts.prepared.views[0];
    const isCandidate = id === this.#order.candidate;
    while (!signal.aborted) {
      try {
        const call = this.#brief(signal);
        const view =
          isCandidate || before === undefined ? await node.view(call) : await node.glance(before, call);
        this.#silent.delete(id);
        this.#views.set(id, view);
        if (isCandidate) this.#noticeElection(view);
      } catch (thrown) {
        if (signal.aborted) return;
        this.#views.delete(id);
        this.#silent.set(id, asFault(thrown));
      }
      this.#judge();
      if (!signal.aborted) await this.#rest(isCandidate, signal);
    }
  }

  #noticeElection(view: ClusterView): void {
    const self = selfIn(view);
    if (this.#electedAt !== undefined || self === undefined || !hasFlag(self, 'primary')) return;
    this.#electedAt = this.#parts.clock.monotonic();
    this.#elected.ring();
  }

  #judge(): void {
    const { candidate, mode } = this.#order;
    const { picture } = this.#parts.prepared;
    this.#judgement = judgeHandOver({ before: picture, candidate, mode, views: [...this.#views.values()] });
    if (this.#judgement.kind !== 'waiting') this.#over.abort();
  }

  async #rest(isCandidate: boolean, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const since = this.#electedAt ?? (isCandidate ? this.#began : undefined);
    const wait = since === undefined ? seldomMs : restAfter(clock.monotonic() - since);
    const rested = clock.sleep(wait, signal).catch(() => undefined);
    await (since === undefined ? Promise.race([rested, this.#elected.wait(signal)]) : rested);
  }

  /** How far both are, for who wants to know afterwards why it did not come about. */
  async #sample(signal: AbortSignal): Promise<void> {
    const { prepared, nodes, clock } = this.#parts;
    const primary = nodes.get(prepared.shard.primary);
    if (this.#order.mode !== 'default' || primary === undefined) return;
    while (this.#electedAt === undefined) {
      await clock.sleep(offsetsMs, signal).catch(() => undefined);
      if (signal.aborted || this.#electedAt !== undefined) return;
      const call = this.#brief(signal);
      const both = [prepared.link, primary].map((node) =>
        node.replicationOffset(call).catch(() => undefined),
      );
      const [own, ahead] = await Promise.all(both);
      if (own !== undefined && ahead !== undefined) this.#offsets.push({ candidate: own, primary: ahead });
    }
  }

  #brief(signal: AbortSignal): Call {
    return { ...this.#call, signal, deadlineMs: Math.min(this.#call.deadlineMs, pollMs) };
  }
}

/** Most are over within some 50 ms; one that is not gains nothing by being asked as often. */
function restAfter(ms: number): number {
  if (ms < 100) return 2;
  return ms < 500 ? 5 : 20;
}
