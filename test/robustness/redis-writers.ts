/**
 * Clients of plain Redis that write to every server all the time, each with one connection of its own, and note what
 * was acknowledged by whom and when. They know no primary: whoever takes a write is one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { RespProber } from '../kit/redis/resp-prober.ts';
import { RespError } from '../kit/redis/resp-reply.ts';

/** By the clock of this process, in which all writers are. */
export interface Write {
  readonly key: string;
  readonly server: string;
  readonly sentAt: number;
  readonly acknowledgedAt: number;
}

const connectMs = 500;
/** Longer than any pause of writes lasts. */
const answerMs = 20_000;
const betweenMs = 2;

let made = 0;

export class RedisWriters implements AsyncDisposable {
  readonly acknowledged: Write[] = [];
  /** Sent, and never answered: each may have been executed, or not. */
  readonly unanswered: string[] = [];
  readonly #ends: readonly Promise<void>[];
  readonly #open = new Set<RespProber>();
  /** Several may write to the same servers one after the other. */
  readonly #number: number;
  #stopped = false;

  constructor(servers: readonly RedisServer[], each: number) {
    made += 1;
    this.#number = made;
    const lanes = Array.from({ length: each }, (_, lane) => lane);
    this.#ends = servers.flatMap((server) => lanes.map((lane) => this.#write(server, lane)));
  }

  /** Those that `server` has acknowledged. */
  by(server: string): readonly Write[] {
    return this.acknowledged.filter((write) => write.server === server);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const prober of this.#open) prober.close();
    await Promise.all(this.#ends);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #write(server: RedisServer, lane: number): Promise<void> {
    let prober: RespProber | undefined;
    for (let n = 0; !this.#stopped; n += 1) {
      // Counted up from nothing: one that was executed twice shows it.
      const key = `w:${this.#number}:${server.name}:${lane}:${n}`;
      const sentAt = performance.now();
      let sent = false;
      try {
        prober ??= await this.#connect(server);
        sent = true;
        const reply = await prober.call(['INCR', key], answerMs);
        if (!(reply instanceof RespError))
          this.acknowledged.push({ key, server: server.name, sentAt, acknowledgedAt: performance.now() });
      } catch {
        if (prober) this.#open.delete(prober);
        prober = undefined;
        if (sent) this.unanswered.push(key);
        else await sleep(10);
      }
      await sleep(betweenMs);
    }
    prober?.close();
  }

  async #connect(server: RedisServer): Promise<RespProber> {
    const prober = await RespProber.open(server.target, connectMs);
    this.#open.add(prober);
    return prober;
  }
}

/** What a server has of what was acknowledged, and how often it was executed. */
export interface Verified {
  readonly lost: readonly Write[];
  /** Keys whose write was executed more than once. */
  readonly doubled: readonly string[];
}

export async function verifyKeys(writers: RedisWriters, primary: RedisServer): Promise<Verified> {
  const values = new Map<string, string>();
  const keys = [...writers.acknowledged.map(({ key }) => key), ...writers.unanswered];
  for (let at = 0; at < keys.length; at += 1000) {
    const some = keys.slice(at, at + 1000);
    const replies = await primary.command('MGET', ...some);
    if (!Array.isArray(replies)) throw new Error('MGET answers a list');
    for (const [index, reply] of replies.entries())
      if (typeof reply === 'string') values.set(some[index] ?? '', reply);
  }
  return {
    lost: writers.acknowledged.filter(({ key }) => !values.has(key)),
    doubled: [...values].flatMap(([key, value]) => (value === '1' ? [] : [key])),
  };
}

/** At no moment did two of them acknowledge: what the one took was sent before the other acknowledged its first. */
export function expectNeverTwo(writers: RedisWriters, order: readonly string[]): void {
  for (const [index, earlier] of order.entries()) {
    const sent = Math.max(...writers.by(earlier).map(({ sentAt }) => sentAt));
    for (const later of order.slice(index + 1)) {
      const first = Math.min(...writers.by(later).map(({ acknowledgedAt }) => acknowledgedAt));
      expect(sent, `${earlier} took writes after ${later} had`).toBeLessThan(first);
    }
  }
}
