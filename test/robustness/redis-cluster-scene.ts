/** A Redis Cluster under a controller and under load, and what has to be true of it afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { until } from '../kit/deadline.ts';
import { tagOfSlot } from '../kit/redis/key-slot.ts';
import type { RedisCluster } from '../kit/redis/redis-cluster.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { RespProber } from '../kit/redis/resp-prober.ts';
import { RespError } from '../kit/redis/resp-reply.ts';

export const told = (operation: Operation): string => JSON.stringify(operation.refusals ?? operation.outcome);

const connectMs = 500;
/** Longer than a manual failover blocks the writes of its primary. */
const answerMs = 12_000;
const betweenMs = 2;

export interface Acknowledged {
  readonly key: string;
  readonly value: string;
  readonly server: string;
  readonly sentAt: number;
  readonly at: number;
}

/**
 * Writes keys of one slot to every server named, each over a connection of its own and without any client's library: who
 * is not the owner says so.
 */
export class SlotWriters implements AsyncDisposable {
  readonly acknowledged: Acknowledged[] = [];
  /** Errors other than that the slot is elsewhere, or that the connection broke. */
  readonly refused: string[] = [];
  readonly #ends: readonly Promise<void>[];
  readonly #tag: string;
  #stopped = false;

  constructor(servers: readonly RedisServer[], slot: number) {
    this.#tag = tagOfSlot(slot);
    this.#ends = servers.map((server, lane) => this.#write(server, lane));
  }

  /** The longest time in which none of them got an answer, since the first and until the last. */
  get gapMs(): number {
    const times = this.acknowledged.map(({ at }) => at).toSorted((a, b) => a - b);
    return Math.max(0, ...times.map((at, index) => at - (times[index - 1] ?? at)));
  }

  /** The longest that a write was held before it was acknowledged. */
  get heldMs(): number {
    return Math.max(0, ...this.acknowledged.map(({ at, sentAt }) => at - sentAt));
  }

  by(server: string): readonly Acknowledged[] {
    return this.acknowledged.filter((each) => each.server === server);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#ends);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Of what was acknowledged, what `owner` does not have. */
  async lostOn(owner: RedisServer): Promise<readonly Acknowledged[]> {
    const lost: Acknowledged[] = [];
    for (let first = 0; first < this.acknowledged.length; first += 500) {
      const some = this.acknowledged.slice(first, first + 500);
      const values = await owner.command('MGET', ...some.map(({ key }) => key));
      if (!Array.isArray(values)) throw new Error('MGET answers a list');
      lost.push(...some.filter(({ value }, index) => values[index] !== value));
    }
    return lost;
  }

  async #write(server: RedisServer, lane: number): Promise<void> {
    let prober: RespProber | undefined;
    for (let n = 0; !this.#stopped; n += 1) {
      const [key, value] = [`${this.#tag}${server.name}:${lane}:${n}`, `${n}`];
      const sentAt = performance.now();
      try {
        prober ??= await RespProber.open(server.target, connectMs);
        const reply = await prober.call(['SET', key, value], answerMs);
        if (reply === 'OK')
          this.acknowledged.push({ key, value, server: server.name, sentAt, at: performance.now() });
        else if (reply instanceof RespError && !/^(MOVED|READONLY)/.test(reply.message))
          this.refused.push(`${server.name}: ${reply.message}`);
      } catch {
        prober?.close();
        prober = undefined;
        await sleep(10);
      }
      await sleep(betweenMs);
    }
    prober?.close();
  }
}

export interface Owned {
  readonly epoch: number;
  readonly owner: RedisServer;
}

/** Who owns a slot, in the eyes of all that run, once they agree. */
export async function agreedOwner(cluster: RedisCluster, slot: number): Promise<Owned> {
  await cluster.agreed();
  const owner = await cluster.ownerOf(slot);
  const epoch = (await cluster.nodes()).find(({ id }) => id === cluster.idOf(owner))?.configEpoch ?? 0;
  return { owner, epoch };
}

export async function followsPartially(server: RedisServer, source: RedisServer): Promise<void> {
  await until(`${server.name} to follow ${source.name}`, { deadlineMs: 20_000 }, async () => {
    const { role, master_port: port, master_link_status: link } = await server.info('replication');
    return role === 'slave' && Number(port) === source.address.port && link === 'up';
  });
}

/** Full copies that it has given. */
export const copiesOf = async (server: RedisServer): Promise<number> =>
  Number((await server.info('stats')).sync_full);

export function expectSucceeded(operation: Operation): void {
  expect(operation.status, told(operation)).toBe('succeeded');
}

/** Refused because the server would count old votes, and for nothing else; it is said how long that lasts. */
export function expectTooSoon(operation: Operation): void {
  const { refusals = [] } = operation;
  expect(
    refusals.map(({ code }) => code),
    told(operation),
  ).toEqual(['election-too-soon']);
  expect(refusals[0]?.needs).toMatch(/^\d+(\.\d)? s more/);
}
