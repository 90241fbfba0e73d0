/**
 * Semi-synchronous replication of a model server: a client is told of its commit once enough receivers have it, or
 * once the wait has timed out, which turns it off until the replicas have caught up.
 */
import type { ServerSession } from './server-session.ts';

export interface SemiSyncSettings {
  readonly requiredAcks: number;
  readonly timeoutMs: number;
}

interface Waiting {
  /** How many transactions the log had with this one. */
  readonly upTo: number;
  readonly session: ServerSession;
  acknowledge(): void;
}

export class SemiSyncModel {
  /** Undefined: the source's side is off. */
  settings: SemiSyncSettings | undefined;
  /** It still waits; false after a time-out. */
  active = false;
  /** As a replica it acknowledges what it receives. */
  acknowledges = false;
  /** By receiver: how far into the log it has acknowledged. */
  readonly #acks = new Map<object, number>();
  #waiting: Waiting[] = [];

  turnOn(settings: SemiSyncSettings): void {
    this.settings = settings;
    this.active = true;
  }

  /** The time-out is the caller's to call. */
  wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#release();
  }

  acked(receiver: object, upTo: number, logged: number): void {
    this.#acks.set(receiver, Math.max(this.#acks.get(receiver) ?? 0, upTo));
    if (this.settings && !this.active && this.#reached(logged)) this.active = true;
    this.#release();
  }

  /** A receiver that went away does not count for what it has not acknowledged. */
  gone(receiver: object): void {
    this.#acks.delete(receiver);
  }

  isWaiting(waiting: Waiting): boolean {
    return this.#waiting.includes(waiting);
  }

  timedOut(): void {
    this.active = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { acknowledge, session } of waiting) if (!session.ended) acknowledge();
  }

  /** The process has ended: nobody is told of anything any more. */
  died(): void {
    this.#waiting = [];
    this.#acks.clear();
    this.active = this.settings !== undefined;
  }

  #reached(upTo: number): boolean {
    const needed = this.settings?.requiredAcks ?? 0;
    let enough = 0;
    for (const acked of this.#acks.values()) if (acked >= upTo) enough += 1;
    return enough >= needed;
  }

  #release(): void {
    const [ready, rest]: [Waiting[], Waiting[]] = [[], []];
    for (const each of this.#waiting) (this.#reached(each.upTo) ? ready : rest).push(each);
    this.#waiting = rest;
    for (const { acknowledge, session } of ready) if (!session.ended) acknowledge();
  }
}
