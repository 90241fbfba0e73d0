/** What a cluster of several primaries says of itself, and its elections: as far as this controller knows of them. */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { HandedOver } from '../../core/engine.ts';
import type { Finding } from '../../core/finding.ts';
import type { ServerId } from '../../core/identity.ts';
import type { Action } from '../../core/plan.ts';
import type { ClusterSight } from '../../core/shards/cluster-sight.ts';
import { type ClusterView, hasFlag, nodeIn, selfIn, viewInShort } from '../../core/shards/cluster-view.ts';
import type { Election } from '../../core/shards/election-cooldown.ts';
import { type ElectionFate, fateOfElection } from '../../core/shards/election-fate.ts';
import {
  type ElectionMemory,
  electionsOf,
  noticeElection,
  tellElection,
} from '../../core/shards/notice-election.ts';
import { shardFindings } from '../../core/shards/shard-findings.ts';
import { type ShardSituation, shardSituation } from '../../core/shards/shard-situation.ts';
import { shardTopologies, shardTopologyOf } from '../../core/shards/shard-topologies.ts';
import type { Refusal } from '../../core/switchover-request.ts';
import { type Node, nodeById } from '../../core/topology.ts';
import type { ClusterWatch } from './cluster-watch.ts';

/** Two looks, and what a node says of a change to others meanwhile. */
const goingRoundMs = 2500;

export type HandOverAction = Extract<Action, { readonly verb: 'hand-over' }>;

export class WatchedShards {
  readonly #servers: ClusterWatch;
  readonly #clock: Clock;
  readonly #elections = new Map<ServerId, ElectionMemory>();
  /** What each node said last, in short. */
  readonly #said = new WeakMap<ClusterView, string>();
  /** Since when they do not all say the same; monotonic milliseconds. */
  #differSince: number | undefined;
  /** Told of what has to be remembered over a restart; what it is about waits for it. Never throws. */
  onElection: (node: ServerId, memory: ElectionMemory) => Promise<void> = () => Promise.resolve();

  constructor(servers: ClusterWatch, clock: Clock) {
    this.#servers = servers;
    this.#clock = clock;
    servers.onLook = ({ link }) => this.#notice(link.sight?.());
  }

  /** What was remembered over a restart; before the first look. */
  recall(remembered: ReadonlyMap<ServerId, ElectionMemory>): void {
    for (const [node, memory] of remembered) this.#elections.set(node, memory);
  }

  situation(): ShardSituation {
    const topology = this.#servers.topology();
    return shardSituation(this.#servers.sights(), {
      elections: electionsOf(this.#elections.values()),
      now: this.#clock.now(),
      nameOf: (id) => nodeById(topology, id)?.name ?? id.slice(0, 8),
    });
  }

  findings(): readonly Finding[] {
    const found = shardFindings(this.#servers.topology(), this.#servers.policy, this.situation());
    return this.#lasts() ? found : found.filter(({ code }) => code !== 'views-disagree');
  }

  /** Word of every change takes a moment to go round. */
  #lasts(): boolean {
    const since = this.#differSince;
    return since !== undefined && this.#clock.monotonic() - since >= goingRoundMs;
  }

  /** Of the shard of `to`; without it, the only primary that does not answer. */
  deadPrimary(to: ServerId | undefined): Node | undefined {
    const whole = this.#servers.topology();
    const silent = [...shardTopologies(whole)].flatMap(([id, { nodes }]) =>
      nodes.filter((node) => node.id === id && nodes.length > 1 && !node.reachable),
    );
    if (to === undefined) return silent.length === 1 ? silent[0] : undefined;
    return shardTopologyOf(whole, to)?.nodes[0];
  }

  /** All that stands in the way is that nodes have not heard yet, or connect anew: both mend themselves in a moment. */
  settles(refusals: readonly Refusal[]): boolean {
    const { sights } = this.situation();
    return refusals.every(({ code, server }) => {
      if (code === 'views-disagree' || code === 'source-unknown') return true;
      const own = server && sights.get(server)?.view;
      const self = own && selfIn(own);
      if (code === 'already-primary') return self !== undefined && hasFlag(self, 'replica');
      const source = own && self?.sourceId !== undefined ? nodeIn(own, self.sourceId) : undefined;
      return code === 'primary-failed' && source !== undefined && !hasFlag(source, 'fail');
    });
  }

  async handOver(action: HandOverAction, call: Call): Promise<HandedOver> {
    const { server, from, mode, fromIsDead } = action;
    const link = this.#servers.linkTo(server.id, server.address);
    const members = this.#servers.members();
    const dead = members.filter(({ id, reachable }) => !reachable || (fromIsDead && id === from.id));
    if (!link.handOver) throw new Fault('internal', `${server.name} cannot be elected`);
    const { nameOf, elections } = this.situation();
    const asked = {
      mode,
      fellows: members.map((member) => member.link),
      dead: new Set(dead.map(({ id }) => id)),
      elections,
      remember: (election: Election) => this.remember(election),
      nameOf,
    };
    try {
      return await link.handOver(asked, call);
    } catch (thrown) {
      const failed = asFault(thrown);
      if (failed.code !== 'verification-failed') throw failed;
      // It was followed to its end, whatever was announced.
      await this.#withdraw(server.id);
      if (!namesPrimary(failed) || (await this.fateOf(action, call.signal)) !== 'elected') throw failed;
      return { how: 'the cluster had elected it by itself' };
    }
  }

  /** What became of a hand-over that nobody followed to its end. Looks at all nodes once. */
  async fateOf(action: HandOverAction, signal: AbortSignal): Promise<ElectionFate> {
    await this.#servers.lookAtAll(signal);
    const announced = this.#elections.get(action.server.id)?.announced !== undefined;
    return fateOfElection(this.situation(), { ...action, announced });
  }

  remember(told: Election): Promise<void> {
    return this.#keep(told.node, tellElection(this.#elections.get(told.node), told, this.#clock.now()));
  }

  async #withdraw(node: ServerId): Promise<void> {
    const { announced, ...rest } = this.#elections.get(node) ?? {};
    if (announced) await this.#keep(node, { stood: 0, lookedAt: 0, ...rest });
  }

  #notice(sight: ClusterSight | undefined): void {
    if (!sight) return;
    const views = this.#servers.sights().map(({ view }) => this.#shortened(view));
    if (new Set(views).size < 2) this.#differSince = undefined;
    else this.#differSince ??= this.#clock.monotonic();
    const node = sight.view.by;
    const before = this.#elections.get(node);
    const after = noticeElection(before, sight);
    this.#elections.set(node, after);
    const same =
      before?.stood === after.stood &&
      before.election === after.election &&
      before.announced === after.announced;
    if (!same) void this.onElection(node, after);
  }

  #shortened(view: ClusterView): string {
    const known = this.#said.get(view);
    if (known !== undefined) return known;
    const text = viewInShort(view);
    this.#said.set(view, text);
    return text;
  }

  async #keep(node: ServerId, memory: ElectionMemory): Promise<void> {
    this.#elections.set(node, memory);
    await this.onElection(node, memory);
  }
}

/** The candidate is one already, or was one a moment later. */
function namesPrimary({ details }: Fault): boolean {
  const { failures } = details;
  return (
    Array.isArray(failures) && failures.some(({ code }: { code?: unknown }) => code === 'already-primary')
  );
}
