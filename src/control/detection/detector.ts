/**
 * Watches the primary of one cluster: pulses it, is woken at once when a connection to it ends, sees whether its log
 * reaches its disk, and calls an inquest when anything is wrong. Tells of a death once the witnesses agree and the grace period is over.
 */

import type { Clock } from '../../core/clock.ts';
import { suspectsDisk } from '../../core/detection/stalled-log.ts';
import type { Judgement } from '../../core/detection/testimony.ts';
import type { HostAgent } from '../../core/host.ts';
import type { ServerId } from '../../core/identity.ts';
import type { ClusterPolicy } from '../../core/policy.ts';
import { type Node, nodeById, replicasOf, type Topology } from '../../core/topology.ts';
import type { Member } from '../observation/member.ts';
import type { Death, DeathWatch } from './death-watch.ts';
import { Episode } from './episode.ts';
import { Inquest, type Suspicion } from './inquest.ts';
import type { KnownPeer } from './known-peer.ts';
import { LogFlush } from './log-flush.ts';
import { Pulse } from './pulse.ts';
import { Returns } from './returns.ts';

export interface DetectorParts {
  readonly clock: Clock;
  readonly policy: ClusterPolicy;
  topology(): Topology;
  memberOf(id: ServerId): Member | undefined;
  /** The primary now, or the one there was before it fell silent. */
  lastPrimary(): Node | undefined;
  agentOf(id: ServerId): HostAgent | undefined;
  /** Other controllers that watch the same servers. */
  readonly peers: readonly KnownPeer[];
  /** How long a look at a server may take, milliseconds. */
  readonly lookMs: number;
}

/** Between two inquests into a primary that this controller cannot reach and that is not known to be dead. */
const againMs = 1000;
/** How often a dead primary is looked at once more. */
const stillDeadMs = 1000;
/** While the grace period of a dead primary runs. */
const graceLookMs = 250;

export class Detector implements DeathWatch {
  readonly #parts: DetectorParts;
  readonly #pulse: Pulse;
  readonly #flush: LogFlush;
  readonly #stop = new AbortController();
  readonly #returns: Returns;
  #running: Promise<void> | undefined;
  #watched: Member | undefined;
  /** The last pulse was answered: else nothing is known of its disk. None is sent while an operation runs. */
  #answered = false;
  /** Of the primary that is watched; undefined while nothing is wrong with it. */
  #episode: Episode | undefined;
  /** Of the primary that is suspected or dead now. */
  judgement: Judgement | undefined;
  /** Told again and again for as long as it stays dead. */
  onDeath: (death: Death) => void = () => undefined;
  /** It was dead and has come back by itself so many times lately. */
  onFlapping: (server: Pick<Death, 'server' | 'name'>, returns: number) => void = () => undefined;
  /** An operation has the cluster in hand: nothing is suspected, and no receiver touched, until it has ended. */
  busy: () => boolean = () => false;

  constructor(parts: DetectorParts) {
    this.#parts = parts;
    this.#pulse = new Pulse(parts.clock, parts.policy.detection.answerMs);
    this.#flush = new LogFlush(parts.clock);
    this.#returns = new Returns(parts.clock);
  }

  start(): void {
    this.#running = this.#watch();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#pulse.close();
    await this.#flush.close();
    await this.#running;
    await this.#episode?.close();
  }

  /** Asks every witness now whether the server is dead. */
  async inquest(id: ServerId, signal: AbortSignal, suspicion?: Suspicion): Promise<Judgement> {
    const { topology, memberOf, agentOf, peers, lookMs, clock, policy } = this.#parts;
    const seen = topology();
    const primary = memberOf(id);
    if (!primary) throw new RangeError(`not a member: ${id}`);
    const replicas = replicasOf(seen, id).flatMap((node) => {
      const member = memberOf(node.id);
      return member ? [{ name: node.name, member }] : [];
    });
    const node = nodeById(seen, id);
    const parts = {
      clock,
      policy: policy.detection,
      episode: this.#episodeOf(primary),
      primary,
      name: node?.name ?? id,
      replicas,
      agent: agentOf(id),
      cluster: policy.name,
      peers,
      lookMs,
      oneByOne: node?.seen?.semiSync.sourceEnabled ?? false,
      stalledMs: () => (primary === this.#watched ? this.#stall()?.forMs : undefined),
    };
    return new Inquest(parts, suspicion).run(signal);
  }

  async #watch(): Promise<void> {
    const { clock, lastPrimary, memberOf } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const primary = lastPrimary();
      const member = primary && memberOf(primary.id);
      this.#turnTo(member);
      if (this.busy()) await clock.sleep(this.#pulseMs, signal).catch(() => undefined);
      else await this.#pulse.rest(primary && member ? await this.#attend(primary) : this.#pulseMs, signal);
    }
  }

  get #pulseMs(): number {
    return this.#parts.policy.detection.pulseMs;
  }

  #turnTo(member: Member | undefined): void {
    this.#pulse.listenTo(member?.link);
    this.#flush.watch(member?.link);
    if (member === this.#watched) return;
    if (this.#watched) {
      this.#watched.stalledSince = undefined;
      this.#watched.returns = undefined;
    }
    this.#watched = member;
    this.#answered = false;
    this.#forget();
    this.#returns.forget();
  }

  /** One pulse, and what follows from it. Returns how long to rest until the next, in milliseconds. */
  async #attend(primary: Node): Promise<number> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    const at = clock.now();
    const fact = await this.#pulse.trouble(signal);
    if (signal.aborted) return 0;
    this.#answered = fact === undefined;
    if (!this.#answered) this.#flush.startOver();
    this.#note();
    const suspicion = fact === undefined ? this.#diskSuspicion(primary) : { at, fact };
    if (!suspicion) {
      this.#answers(primary);
      return this.#pulseMs;
    }
    const since = this.judgement?.suspectedAt ?? suspicion.at;
    const judgement = await this.#inquire(primary, { at: since, fact: suspicion.fact });
    if (!judgement) return 0;
    if (judgement.rule === 'answers-here') {
      this.#answers(primary);
      return this.#pulseMs;
    }
    this.judgement = judgement.verdict === 'alive' ? undefined : judgement;
    return judgement.verdict === 'dead' ? this.#mourn(primary, judgement) : againMs;
  }

  /** For what the diagnosis says of it. */
  #note(): void {
    if (!this.#watched) return;
    this.#watched.stalledSince = this.#stall()?.at;
    this.#watched.returns = this.#returns.many;
  }

  /** A wait that is too long for a disk that is only busy, of a server that answers. */
  #stall(): ReturnType<LogFlush['waiting']> {
    const waiting = this.#answered ? this.#flush.waiting() : undefined;
    return waiting && waiting.forMs >= this.#parts.policy.detection.stuckMs ? waiting : undefined;
  }

  #diskSuspicion(primary: Node): Suspicion | undefined {
    const stall = this.#stall();
    const fact = stall && suspectsDisk(primary, stall.forMs);
    return fact === undefined ? undefined : { at: stall?.at ?? this.#parts.clock.now(), fact };
  }

  /** Undefined when the detector was closed, or the server given up, meanwhile. */
  async #inquire(primary: Node, suspicion: Suspicion): Promise<Judgement | undefined> {
    const { signal } = this.#stop;
    if (!this.#parts.memberOf(primary.id)) return undefined;
    try {
      return await this.inquest(primary.id, signal, suspicion);
    } catch (thrown) {
      if (signal.aborted) return undefined;
      throw thrown;
    }
  }

  /** One that comes back within the grace period is as good as new, but for its coming and going being counted. */
  #answers({ id, name }: Node): void {
    if (this.judgement?.verdict === 'dead') {
      const returns = this.#returns.add();
      if (returns !== undefined) this.onFlapping({ server: id, name }, returns);
    }
    this.#forget();
  }

  #forget(): void {
    this.judgement = undefined;
    void this.#episode?.close();
    this.#episode = undefined;
  }

  #episodeOf(primary: Member): Episode {
    const { clock } = this.#parts;
    const parts = { clock, lifetime: this.#stop.signal, busy: () => this.busy() };
    if (primary !== this.#watched) return new Episode(parts);
    this.#episode ??= new Episode(parts);
    return this.#episode;
  }

  #mourn({ id, name }: Node, judgement: Judgement): number {
    const { clock, policy } = this.#parts;
    const leftMs = judgement.suspectedAt + policy.failover.graceMs - clock.now();
    if (leftMs > 0) return Math.min(leftMs, graceLookMs);
    this.onDeath({ server: id, name, judgement });
    return stillDeadMs;
  }
}
