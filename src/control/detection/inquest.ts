/**
 * Asks every witness of a server side by side, again and again, until they agree that it is dead or one sees it alive,
 * or the time is over. Nobody waits for the slowest.
 */

import { Bell } from '../../core/bell.ts';
import type { Clock } from '../../core/clock.ts';
import { lateRenewalMs } from '../../core/detection/inquest-time.ts';
import { judge } from '../../core/detection/judge-primary.ts';
import { connectMs, replicaSays, type Said, stalled } from '../../core/detection/testify.ts';
import type { Judgement, Testimony, WitnessKind } from '../../core/detection/testimony.ts';
import type { HostAgent } from '../../core/host.ts';
import type { ClusterName } from '../../core/identity.ts';
import type { DetectionPolicy } from '../../core/policy.ts';
import type { Member } from '../observation/member.ts';
import type { Episode } from './episode.ts';
import type { KnownPeer } from './known-peer.ts';
import { askAgent, askServer, lookAtReceiver, questionMs, ranLately } from './witnesses.ts';

export interface Replica {
  /** The name people know it by. */
  readonly name: string;
  readonly member: Member;
}

export interface InquestParts {
  readonly clock: Clock;
  readonly policy: DetectionPolicy;
  readonly episode: Episode;
  readonly primary: Member;
  /** The name people know it by. */
  readonly name: string;
  /** Its direct replicas. */
  readonly replicas: readonly Replica[];
  readonly agent: HostAgent | undefined;
  readonly cluster: ClusterName;
  /** Other controllers that watch the same servers. */
  readonly peers: readonly KnownPeer[];
  /** How long a look at a replica may take, milliseconds. */
  readonly lookMs: number;
  /** Renew one receiver first: the primary may wait for acknowledgements. */
  readonly oneByOne: boolean;
  /** For how long its log has not reached its disk, milliseconds; undefined while that is not too long. */
  stalledMs(): number | undefined;
}

/** How long an answer holds others up. */
interface Patience {
  readonly patienceMs: number;
  readonly stop: AbortSignal;
  slow(): void;
}

/** What raised the suspicion; undefined when a person asks. */
export interface Suspicion {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly fact: string;
}

/** Between two questions to the same witness; the first ones follow each other quickly. */
const pausesMs = [3, 5, 10, 20, 40, 80, 100] as const;
/** A receiver that runs and has not noticed by then that its source refuses is made to connect anew. */
const noticeMs = 60;
/** A primary that has left a pulse unanswered, and a new question for as long as this: receivers are made to ask, too. */
const quietMs = 150;
/** Between two looks at how renewals get on that take longer than the time there was. */
const lookEveryMs = 100;
/** A peer that has not answered by then holds nobody up. */
const peerMs = 300;

const self = 'controller';

export class Inquest {
  readonly #parts: InquestParts;
  readonly #suspicion: Suspicion | undefined;
  readonly #testimonies = new Map<string, Testimony>();
  /** Witnesses that may yet see it serve. */
  readonly #open = new Set<string>();
  /** Those that must not be put to the test. */
  readonly #untestable = new Set<string>();
  /** Replicas that answered before and are slow now: whether they belong into a plan is not known yet. */
  readonly #slow = new Set<string>();
  readonly #ranLately: ReadonlySet<string>;
  readonly #bell = new Bell();
  readonly #over = new AbortController();
  readonly #began: number;
  readonly #beganAt: number;

  constructor(parts: InquestParts, suspicion: Suspicion | undefined) {
    this.#parts = parts;
    this.#suspicion = suspicion;
    this.#began = parts.clock.monotonic();
    this.#beganAt = parts.clock.now();
    parts.episode.receivers.begin();
    const { primary, replicas, agent, name } = parts;
    this.#ranLately = new Set(
      replicas.filter(({ member }) => ranLately(member, primary, this.#beganAt)).map((each) => each.name),
    );
    // One that did not answer before holds up nobody now.
    for (const { name: replica, member } of replicas) if (member.reachable) this.#open.add(replica);
    if (agent) this.#open.add(agentOf(name));
    for (const peer of this.#peers) if (peer.answers) this.#open.add(peerOf(peer));
  }

  /** Those that testify and count: which they are may turn out while they are asked. */
  get #peers(): readonly KnownPeer[] {
    const { peers, cluster } = this.#parts;
    return peers.filter((peer) => peer.isWitnessOf(cluster));
  }

  async run(signal: AbortSignal): Promise<Judgement> {
    const { agent, replicas } = this.#parts;
    const stop = AbortSignal.any([signal, this.#over.signal]);
    const asking = [
      this.#ask(stop, () => this.#askServer(stop)),
      ...replicas.map((replica) => this.#ask(stop, () => this.#askReplica(replica, stop))),
      ...(agent ? [this.#ask(stop, () => this.#askAgent(agent, stop))] : []),
      ...this.#peers.map((peer) => this.#ask(stop, () => this.#askPeer(peer, stop))),
    ];
    let time = true;
    const timeUp = this.#passTime(stop).then(
      () => {
        time = false;
        this.#bell.ring();
      },
      () => undefined,
    );
    try {
      for (;;) {
        const judgement = this.#judgement();
        const decided =
          judgement.verdict !== 'unsure' &&
          !this.#awaitsSecondWord(judgement) &&
          !this.#awaitsSlowLook(judgement);
        if (decided || !time) return this.#end(judgement);
        await this.#bell.wait(signal);
        signal.throwIfAborted();
      }
    } finally {
      this.#over.abort();
      await Promise.all([...asking, timeUp]);
    }
  }

  /**
   * MySQL takes two seconds to stop a receiver that waits for its source's answer (seen on 9.7), before it can try anew:
   * that is waited for, because nothing else tells a primary that has hung for a while from one that is cut off.
   */
  async #passTime(stop: AbortSignal): Promise<void> {
    const { clock, policy, episode } = this.#parts;
    await clock.sleep(policy.inquestMs, stop);
    if (!episode.receivers.areRenewing) return;
    for (let ms = 0; episode.receivers.areRenewing && ms < lateRenewalMs; ms += lookEveryMs)
      await clock.sleep(lookEveryMs, stop);
    await clock.sleep(connectMs + lookEveryMs, stop);
  }

  /** A stuck disk takes two to tell of; until both are heard, each other word reads as a sign of life. */
  #awaitsSecondWord({ verdict, testimonies }: Judgement): boolean {
    const { agent, stalledMs } = this.#parts;
    const both = testimonies.filter(({ kind }) => kind === 'controller' || kind === 'agent');
    if (verdict !== 'alive' || agent === undefined || both.length === 2) return false;
    return stalledMs() !== undefined || both.some(({ says }) => says === 'stuck');
  }

  /** What a slow replica alone has received is lost to a plan that is made without it. */
  #awaitsSlowLook({ verdict }: Judgement): boolean {
    return verdict === 'dead' && this.#slow.size > 0;
  }

  #end(judgement: Judgement): Judgement {
    if (judgement.rule === 'feeds-a-replica') this.#parts.episode.receivers.areFed();
    return judgement;
  }

  #judgement(): Judgement {
    const { replicas, peers } = this.#parts;
    const counting = this.#peers;
    const silenced = new Set(peers.filter((peer) => !counting.includes(peer)).map(peerOf));
    const testimonies = [...this.#testimonies.values()].filter(({ witness }) => !silenced.has(witness));
    const observers = 1 + replicas.length + counting.length;
    return {
      ...judge(testimonies, { open: [...this.#open], untestable: [...this.#untestable], observers }),
      testimonies,
      suspectedAt: this.#suspicion?.at ?? this.#beganAt,
      judgedAt: this.#parts.clock.now(),
    };
  }

  #hear(kind: WitnessKind, witness: string, { says, fact, open, untestable }: Said): void {
    const at = this.#parts.clock.now();
    this.#testimonies.set(`${kind} ${witness}`, { kind, witness, says, fact, at });
    if (open) this.#open.add(witness);
    else this.#open.delete(witness);
    if (untestable) this.#untestable.add(witness);
    else this.#untestable.delete(witness);
    this.#bell.ring();
  }

  async #ask(stop: AbortSignal, question: () => Promise<void>): Promise<void> {
    for (let round = 0; !stop.aborted; round += 1) {
      await question();
      const pauseMs = pausesMs[Math.min(round, pausesMs.length - 1)] ?? 100;
      await this.#parts.clock.sleep(pauseMs, stop).catch(() => undefined);
    }
  }

  async #askServer(stop: AbortSignal): Promise<void> {
    const { primary, policy, episode } = this.#parts;
    // Not again and again: one that has come back may be slow.
    const impatient = episode.silentBefore && !this.#testimonies.has(`${self} ${self}`);
    const deadlineMs = impatient ? Math.min(quietMs, policy.answerMs) : policy.answerMs;
    const said = await askServer(primary, { stop, lifetime: episode.lifetime }, deadlineMs);
    if (!said) return;
    if (said.says === 'silent') episode.wasSilent();
    this.#hear('controller', self, stalled(said, this.#parts.stalledMs()));
  }

  async #askReplica({ name, member }: Replica, stop: AbortSignal): Promise<void> {
    const { primary, episode, oneByOne, lookMs } = this.#parts;
    const { receivers } = episode;
    const before = receivers.undisturbed(name);
    const looking = { stop, lifetime: episode.lifetime };
    const look = await this.#waitFor(lookAtReceiver(member, primary, looking, lookMs), {
      patienceMs: questionMs,
      stop,
      slow: () => {
        if (member.reachable) this.#slow.add(name);
        this.#hear('replica', name, { says: 'cannot-tell', fact: `no answer within ${questionMs} ms` });
      },
    });
    this.#slow.delete(name);
    if (!look) return;
    if (!look.ok) {
      this.#hear('replica', name, look.said);
      return;
    }
    if (before === undefined || receivers.undisturbed(name) !== before) {
      this.#hear('replica', name, {
        says: 'cannot-tell',
        fact: 'its receiver is connecting anew',
        open: true,
      });
      return;
    }
    const { channel } = look;
    if (channel) receivers.saw(name, channel.receiver, this.#ranLately.has(name));
    const history = receivers.history(name, this.#began);
    const said = replicaSays(channel, history);
    if (!said.open) receivers.settle(name);
    this.#hear('replica', name, said);
    const mayRenew = this.#hasLostIt(channel?.receiver === 'running') && receivers.mayRenew(name, oneByOne);
    if (channel && said.untried && mayRenew) episode.renew(name, member, channel.name);
  }

  /** Whether this controller has, and so long ago that receivers should have noticed as well. */
  #hasLostIt(runs: boolean): boolean {
    const own = this.#testimonies.get(`${self} ${self}`)?.says;
    const spent = this.#parts.clock.monotonic() - this.#began;
    if (own === 'gone') return !runs || spent >= noticeMs;
    if (own === 'silent') return true;
    return own === undefined && this.#suspicion !== undefined && spent >= quietMs;
  }

  async #askAgent(agent: HostAgent, signal: AbortSignal): Promise<void> {
    const said = await askAgent(agent, signal);
    if (said) this.#hear('agent', agentOf(this.#parts.name), said);
  }

  /**
   * One that answers usually does so within a few milliseconds, and may be the only one on the primary's side of a cut:
   * so it is waited for, but for a moment only. What it says later counts all the same.
   */
  async #askPeer(peer: KnownPeer, stop: AbortSignal): Promise<void> {
    const { cluster, policy, primary } = this.#parts;
    const witness = peerOf(peer);
    const lookMs = policy.answerMs + peerMs;
    const said = await this.#waitFor(peer.look({ cluster, server: primary.id, lookMs }, stop), {
      patienceMs: peerMs,
      stop,
      slow: () => {
        this.#open.delete(witness);
        this.#bell.ring();
      },
    });
    if (said) this.#hear('peer', witness, said);
  }

  /** `slow` is called once when there is no answer by then; the answer counts all the same. */
  async #waitFor<T>(answer: Promise<T>, { patienceMs, stop, slow }: Patience): Promise<T> {
    const answered = new AbortController();
    const either = AbortSignal.any([stop, answered.signal]);
    const waiting = this.#parts.clock.sleep(patienceMs, either).then(slow, () => undefined);
    try {
      return await answer;
    } finally {
      answered.abort();
      await waiting;
    }
  }
}

const peerOf = ({ name }: KnownPeer): string => `peer ${name}`;
const agentOf = (server: string): string => `agent of ${server}`;
