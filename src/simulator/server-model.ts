/**
 * A database server with GTIDs, as far as a hand-over can tell it from a real one: its modes and locks, the
 * sessions to it, its log, and how it dies, hangs and comes back. Statements lie in `server-statements.ts`,
 * replication in `channel-model.ts`.
 */
import type { Address } from '../core/identity.ts';
import { DiskModel } from './disk-model.ts';
import type { Random } from './random.ts';
import type { ReplicaChannel } from './replica-channel.ts';
import { SemiSyncModel } from './semi-sync-model.ts';
import type { ServerSession, SessionKind } from './server-session.ts';
import { TransactionLog } from './transaction-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface ServerTraits {
  readonly name: string;
  readonly address: Address;
  /** `server_id` */
  readonly number: number;
  /** Its read-only mode leaves privileged sessions able to write (MariaDB). */
  readonly privilegedMayWrite: boolean;
  /** Milliseconds that applying one batch takes. */
  readonly applies: readonly [number, number];
  /** What its configuration file says: the mode it starts in. */
  startsWritable: boolean;
  /** Its configuration has each commit synced; default: yes. */
  readonly durable?: boolean;
  /** Somebody starts it again when it goes down by itself, as at the end of a copy. */
  readonly supervised?: boolean;
}

export interface ServerWitness {
  /** A client was told that its transaction is committed. */
  acknowledged(server: ServerModel, session: ServerSession, number: number): void;
  /** It may take writes now where it did not before, or the other way round. */
  modeChanged(server: ServerModel, why: string): void;
}

interface Waiter {
  readonly session: ServerSession | undefined;
  ready(): boolean;
  go(): void;
}

export type CommitResult = 'committed' | 'read-only';

export class ServerModel {
  readonly traits: ServerTraits;
  readonly log = new TransactionLog();
  readonly disk: DiskModel;
  readonly semiSync = new SemiSyncModel();
  readonly replicas = new Set<ReplicaChannel>();
  readonly sessions = new Map<number, ServerSession>();
  readonly random: Random;
  readonly clock: VirtualClock;
  readonly #witness: ServerWitness;
  #waiters: Waiter[] = [];
  #inbox: (() => void)[] = [];
  #nextSession = 1;
  /** Changes with every start: what was begun before does not go on after it. */
  #start = 0;
  startedAt = 0;
  life: 'up' | 'hung' | 'down' = 'up';
  readOnly = true;
  superReadOnly = false;
  /** The session that holds back everybody's commits. */
  commitsHeldBy: ServerSession | undefined;
  /** A file of the agent's in its configuration: it starts read-only, whatever the rest says. */
  readOnlyFile = false;
  channel: ReplicaChannel | undefined;
  /** Rows of the hand-over journal that no log shows. */
  readonly marks = new Set<string>();
  /** Of the last copy that it made of another server. */
  copy: 'Not Started' | 'In Progress' | 'Completed' | 'Failed' = 'Not Started';

  constructor(parts: { traits: ServerTraits; clock: VirtualClock; random: Random; witness: ServerWitness }) {
    this.traits = parts.traits;
    this.clock = parts.clock;
    this.random = parts.random;
    this.#witness = parts.witness;
    this.disk = new DiskModel({ log: this.log, clock: parts.clock, random: parts.random.fork('disk') });
  }

  get name(): string {
    return this.traits.name;
  }

  /** Would tell a client of that kind that its write is committed, if one came now. */
  acknowledges(kind: SessionKind): boolean {
    return this.life === 'up' && this.commitsHeldBy === undefined && !this.disk.stuck && this.lets(kind);
  }

  /** As `acknowledges`, and enough replicas are there where it waits for them. */
  tellsClients(): boolean {
    if (!this.acknowledges('client')) return false;
    const { settings, active } = this.semiSync;
    if (!settings || !active) return true;
    let enough = 0;
    for (const replica of this.replicas) if (replica.acknowledging) enough += 1;
    return enough >= settings.requiredAcks;
  }

  /** Something reaches this server: at once, when it goes on, or never when it is gone. */
  run(happen: () => void): void {
    if (this.life === 'up') happen();
    else if (this.life === 'hung') this.#inbox.push(happen);
  }

  /** For what goes on inside; forgotten with the next start. */
  later(ms: number, happen: () => void): void {
    const start = this.#start;
    this.clock.after(ms, () => {
      if (start === this.#start) this.run(happen);
    });
  }

  open(kind: SessionKind, from: string, onEnd: () => void): ServerSession {
    const session: ServerSession = {
      id: this.#nextSession,
      kind,
      from,
      onEnd,
      writing: undefined,
      busy: false,
      statement: undefined,
      operation: false,
      undoing: undefined,
      mark: undefined,
      ended: false,
    };
    this.#nextSession += 1;
    this.sessions.set(session.id, session);
    return session;
  }

  /** Rolls back and unlocks. `tell`: the other side did not close it itself. */
  end(session: ServerSession, tell: boolean): void {
    if (session.ended) return;
    session.ended = true;
    session.busy = false;
    this.sessions.delete(session.id);
    this.#waiters = this.#waiters.filter((waiter) => waiter.session !== session);
    if (tell) session.onEnd();
    this.releaseCommits(session);
    this.recheck();
  }

  wait(session: ServerSession | undefined, ready: () => boolean, go: () => void): void {
    if (ready()) go();
    else this.#waiters.push({ session, ready, go });
  }

  /** Gives up what a session waits for. */
  stopWaiting(session: ServerSession): void {
    this.#waiters = this.#waiters.filter((waiter) => waiter.session !== session);
  }

  recheck(): void {
    for (;;) {
      const at = this.#waiters.findIndex((waiter) => waiter.ready());
      const [waiter] = at < 0 ? [] : this.#waiters.splice(at, 1);
      if (!waiter) return;
      waiter.go();
    }
  }

  commit(session: ServerSession, label: string | undefined, done: (result: CommitResult) => void): void {
    const free = (): boolean =>
      (this.commitsHeldBy === undefined || this.commitsHeldBy === session) && !this.disk.stuck;
    this.wait(session, free, () => {
      session.writing = undefined;
      if (!this.lets(session.kind)) {
        done('read-only');
        return;
      }
      const number = this.log.count(this.name) + 1;
      this.log.append({
        origin: this.name,
        number,
        at: this.clock.now(),
        ...(label === undefined ? {} : { label }),
      });
      this.logged();
      this.#whenReceived(session, () => {
        if (session.kind !== 'dauphin') this.#witness.acknowledged(this, session, number);
        done('committed');
      });
    });
  }

  /** Semi-synchronous: logged, sent, and only then told to the client. */
  #whenReceived(session: ServerSession, acknowledge: () => void): void {
    const { settings, active } = this.semiSync;
    if (!settings || !active) {
      acknowledge();
      return;
    }
    const waiting = { upTo: this.log.entries.length, session, acknowledge };
    this.semiSync.wait(waiting);
    this.later(settings.timeoutMs, () => {
      if (this.semiSync.isWaiting(waiting)) this.semiSync.timedOut();
    });
  }

  /** The log has grown. */
  logged(): void {
    this.disk.logged();
    for (const replica of this.replicas) replica.poke();
    this.recheck();
  }

  setMode(mode: { readOnly: boolean; superReadOnly: boolean }, why: string): void {
    this.readOnly = mode.readOnly;
    this.superReadOnly = mode.superReadOnly;
    this.#witness.modeChanged(this, why);
    this.recheck();
  }

  releaseCommits(session: ServerSession): void {
    if (this.commitsHeldBy !== session) return;
    this.commitsHeldBy = undefined;
    this.#witness.modeChanged(this, `commits are let go (session ${session.id})`);
    this.recheck();
  }

  statementRuns(): boolean {
    for (const session of this.sessions.values()) if (session.busy) return true;
    return false;
  }

  /** A freeze waits for running statements; new ones wait behind it. */
  freezeWaits(): boolean {
    for (const { statement } of this.sessions.values()) if (statement?.startsWith('READ_ONLY')) return true;
    return false;
  }

  hang(): void {
    if (this.life === 'up') this.life = 'hung';
  }

  /** Hears in order what came meanwhile. */
  wake(): void {
    if (this.life !== 'hung') return;
    this.life = 'up';
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const happen of inbox) this.run(happen);
    this.channel?.poke();
    for (const replica of this.replicas) replica.poke();
  }

  /** With the host, nobody is told: its replicas wait on. */
  kill(what: 'process' | 'host' = 'process'): void {
    if (this.life === 'down') return;
    this.life = 'down';
    this.#start += 1;
    this.#inbox = [];
    this.#waiters = [];
    this.commitsHeldBy = undefined;
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    for (const session of sessions) {
      session.ended = true;
      session.onEnd();
    }
    this.semiSync.died();
    this.channel?.serverDied(what);
    if (what === 'process') this.#tellReplicas();
  }

  #tellReplicas(): void {
    for (const replica of [...this.replicas]) replica.sourceDied();
  }

  start(): void {
    if (this.life !== 'down') return;
    this.life = 'up';
    this.startedAt = this.clock.monotonic();
    this.#nextSession = 1;
    this.disk.syncsEachCommit = this.traits.durable ?? true;
    // It recovers: what is not whole is cut off.
    this.disk.torn = false;
    if (this.copy === 'In Progress') this.copy = 'Failed';
    this.#tellReplicas();
    const readOnly = this.readOnlyFile || !this.traits.startsWritable;
    this.setMode(
      { readOnly, superReadOnly: readOnly && !this.traits.privilegedMayWrite },
      'its configuration',
    );
    this.channel?.start();
  }

  /** Its mode does not stop writes of that kind. */
  lets(kind: SessionKind): boolean {
    if (!this.readOnly) return true;
    return kind !== 'client' && !this.superReadOnly;
  }
}
