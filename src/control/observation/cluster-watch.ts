/**
 * Watches one cluster: looks at each of its servers by itself, so that a hanging one delays nobody, and follows
 * sources and replicas to the servers it does not know yet.
 */

import { buildTopology } from '../../core/build-topology.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { Engine, EngineContext, ServerLink } from '../../core/engine.ts';
import type { Doubt } from '../../core/failover/doubt.ts';
import type { HostAgent } from '../../core/host.ts';
import {
  type Address,
  formatAddress,
  type OperationId,
  type ServerId,
  sameAddress,
} from '../../core/identity.ts';
import type { ClusterPolicy, Downtime, ServerSettings } from '../../core/policy.ts';
import type { ServerFacts } from '../../core/server-facts.ts';
import type { ClusterSight } from '../../core/shards/cluster-sight.ts';
import type { Topology } from '../../core/topology.ts';
import { HostWatch } from './host-watch.ts';
import { Member } from './member.ts';

export interface WatchTiming {
  readonly intervalMs: number;
  readonly deadlineMs: number;
}

/** A neighbour that was only heard of and does not answer is asked this often before it is left alone for a while. */
const hearsayTries = 3;
const hearsayPauseMs = 60_000;

export interface ClusterWatchParts {
  readonly policy: ClusterPolicy;
  readonly engine: Engine;
  readonly context: EngineContext;
  readonly timing: WatchTiming;
  agentAt(address: Address): HostAgent;
}

interface Watched {
  readonly member: Member;
  readonly stop: AbortController;
  readonly loop: Promise<void>;
}

export class ClusterWatch {
  readonly policy: ClusterPolicy;
  readonly engine: Engine;
  readonly #context: EngineContext;
  readonly #timing: WatchTiming;
  readonly #clock: Clock;
  readonly #hosts: HostWatch;
  readonly #watched = new Map<string, Watched>();
  /** Until when an address that was heard of is left alone, monotonic milliseconds. */
  readonly #leftAlone = new Map<string, number>();
  readonly #remembered = new Set<Member>();
  /** Former primaries, by the operation that replaced them. */
  readonly replaced = new Map<ServerId, OperationId>();
  /** Servers that an abandoned operation may have made the primary. */
  readonly doubts = new Map<ServerId, Doubt>();
  /** The server that the last switchover or failover made the primary. */
  primary: ServerId | undefined;
  /** Ordered at run time; they go before those of the configuration. */
  downtimes: ReadonlyMap<ServerId, Downtime> = new Map();
  /** Told when a server is first seen, so that it is remembered over a restart. */
  onMember: (member: Member) => void = () => undefined;
  /** Told after every look that was answered. */
  onLook: (member: Member) => void = () => undefined;

  constructor(parts: ClusterWatchParts) {
    this.policy = parts.policy;
    this.engine = parts.engine;
    this.#context = parts.context;
    this.#timing = parts.timing;
    this.#clock = parts.context.clock;
    this.#hosts = new HostWatch({ clock: this.#clock, agentAt: (address) => parts.agentAt(address) });
  }

  start(remembered: readonly Address[]): void {
    for (const address of this.policy.seeds) this.watch(address, true);
    for (const { address } of this.policy.servers) this.watch(address, true);
    for (const address of remembered) this.#remembered.add(this.watch(address, false));
    this.#hosts.watch(this.policy.servers.flatMap(({ agent }) => agent ?? []));
  }

  /** Takes a server up unless it is known under this address already. */
  watch(address: Address, configured: boolean): Member {
    const known = this.find(address);
    if (known) return known;
    const link = this.engine.link(address, this.#context);
    const member = new Member({ link, clock: this.#clock, configured });
    const stop = new AbortController();
    this.#watched.set(formatAddress(address), { member, stop, loop: this.#loop(member, stop.signal) });
    return member;
  }

  find(address: Address): Member | undefined {
    return this.members().find((member) => member.answersTo(address));
  }

  byId(id: ServerId): Member | undefined {
    return this.members().find((member) => member.id === id);
  }

  members(): readonly Member[] {
    return [...this.#watched.values()].map(({ member }) => member);
  }

  /** Looks at every server now, and at those found by it. */
  async lookAtAll(signal: AbortSignal): Promise<void> {
    for (let known = -1; known !== this.#watched.size; ) {
      known = this.#watched.size;
      await Promise.all(this.members().map((member) => this.lookAt(member, signal)));
    }
  }

  async lookAgain(id: ServerId, signal: AbortSignal): Promise<void> {
    const member = this.byId(id);
    if (member?.reachable) await this.lookAt(member, signal);
  }

  async lookAt(member: Member, signal: AbortSignal): Promise<void> {
    const call: Call = { signal, deadlineMs: this.#timing.deadlineMs };
    const first = member.seen === undefined;
    await member.look(call);
    if (signal.aborted || !member.seen || member.failure) return;
    if (this.#merge(member)) return;
    this.onLook(member);
    if (first) this.onMember(member);
    for (const { source } of member.seen.channels) this.#hear(source);
    for (const replica of member.seen.downstream) this.#hear(replica);
  }

  topology(): Topology {
    return buildTopology({
      cluster: this.policy.name,
      engine: this.policy.engine,
      at: this.#clock.now(),
      positions: this.engine.positions,
      errant: (replica, primary) => this.engine.errant(replica, primary),
      servers: this.members()
        .filter((member) => member.seen !== undefined || member.configured || this.#remembered.has(member))
        .map((member) => this.#facts(member)),
    });
  }

  /** It has left the cluster. One that the configuration names is shown, and looked at, all the same. */
  forget(id: ServerId): void {
    const member = this.byId(id);
    if (member && !member.configured) this.#drop(member);
  }

  /** Of those that answered their last look. */
  sights(): readonly ClusterSight[] {
    return this.members().flatMap((member) => (member.reachable && member.link.sight?.()) || []);
  }

  linkTo(id: ServerId, address: Address): ServerLink {
    return (this.byId(id) ?? this.watch(address, false)).link;
  }

  async close(): Promise<void> {
    const all = [...this.#watched.values()];
    for (const { stop } of all) stop.abort();
    await Promise.all([...all.map(({ loop }) => loop), this.#hosts.close()]);
    await Promise.all(all.map(({ member }) => member.link.close()));
    this.#watched.clear();
  }

  async #loop(member: Member, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const began = this.#clock.monotonic();
      await this.lookAt(member, stop);
      const hearsay = !member.seen && !member.configured && !this.#remembered.has(member);
      if (hearsay && member.failures >= hearsayTries) {
        this.#drop(member);
        return;
      }
      const spent = this.#clock.monotonic() - began;
      await this.#clock.sleep(Math.max(this.#timing.intervalMs - spent, 10), stop).catch(() => undefined);
    }
  }

  /** Watches an address that a server named, once. */
  #hear(address: Address): void {
    const leftAlone = this.#leftAlone.get(formatAddress(address)) ?? 0;
    if (this.find(address) || this.#clock.monotonic() < leftAlone) return;
    this.watch(address, false);
  }

  /** The same server under another address: one of the two connections is given up. */
  #merge(member: Member): boolean {
    const twin = this.members().find(
      (other) => other !== member && other.seen?.server === member.seen?.server,
    );
    if (!twin) return false;
    const [kept, gone] = member.configured && !twin.configured ? [member, twin] : [twin, member];
    const known = (alias: Address): boolean => kept.aliases.some((own) => sameAddress(own, alias));
    kept.aliases = [...kept.aliases, ...gone.aliases.filter((alias) => !known(alias))];
    this.#drop(gone);
    return gone === member;
  }

  #drop(member: Member): void {
    const key = formatAddress(member.address);
    const watched = this.#watched.get(key);
    this.#watched.delete(key);
    if (!member.seen) this.#leftAlone.set(key, this.#clock.monotonic() + hearsayPauseMs);
    watched?.stop.abort();
    void member.link.close();
  }

  #facts(member: Member): ServerFacts {
    const replacedBy = this.replaced.get(member.id);
    const settings = this.#settings(member);
    const host = settings.agent && this.#hosts.look(settings.agent);
    const { stalledSince, returns, acknowledging, noneCameSince } = member;
    return {
      ...(replacedBy === undefined ? {} : { replacedBy }),
      ...(host === undefined ? {} : { host }),
      ...(stalledSince === undefined ? {} : { stalledSince }),
      ...(returns === undefined ? {} : { returns }),
      ...(acknowledging === undefined ? {} : { acknowledging }),
      ...(noneCameSince === undefined ? {} : { noneCameSince }),
      id: member.id,
      address: member.address,
      aliases: member.aliases,
      settings,
      reachable: member.reachable,
      ...(member.failure === undefined ? {} : { failure: member.failure }),
      ...(member.seen === undefined ? {} : { seen: member.seen }),
      ...(member.previous === undefined ? {} : { previous: member.previous }),
    };
  }

  #settings(member: Member): ServerSettings {
    const named = this.policy.servers.find(
      ({ address }) => member.answersTo(address) || sameAddress(address, member.address),
    );
    const settings = named ?? { address: member.address, promotionRule: 'neutral' };
    const downtime = this.downtimes.get(member.id);
    return downtime === undefined ? settings : { ...settings, downtime };
  }
}
