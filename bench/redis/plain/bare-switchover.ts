/**
 * The floor: the hand-over by hand, on connections that are open already. No checks, no journal, no way back.
 * After redis.md 2.4: the old primary becomes a replica first, so that there are never two.
 */
import { until } from '../../../test/kit/deadline.ts';
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import type { HandOverActor } from '../actor.ts';
import { candidateOf, type Stage } from '../stage.ts';

const PAUSE_MS = 3000;
const REACH = { deadlineMs: 1500, everyMs: 1 };

export async function openBareSwitchover(stage: Stage): Promise<HandOverActor> {
  await Promise.all(stage.servers.map((server) => server.command('PING')));
  const [old, next] = [stage.primary, candidateOf(stage)];
  return {
    switchover: async () => {
      await old.command('CLIENT', 'PAUSE', PAUSE_MS, 'WRITE');
      const { master_repl_offset: offset } = await old.info('replication');
      try {
        await until(`${next.name} at offset ${offset}`, REACH, () => hasReached(next, Number(offset)));
      } catch (thrown) {
        await old.command('CLIENT', 'UNPAUSE');
        return { failure: String(thrown) };
      }
      await follow(old, next);
      await next.command('REPLICAOF', 'NO', 'ONE');
      // A client that stays would only see that nothing can be written here.
      await old.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await old.command('CLIENT', 'UNPAUSE');
      const siblings = stage.replicas.filter((replica) => replica !== next);
      await Promise.all(siblings.map((sibling) => follow(sibling, next)));
      return {};
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function hasReached(replica: RedisServer, offset: number): Promise<boolean> {
  return Number((await replica.info('replication')).slave_repl_offset) >= offset;
}

async function follow(server: RedisServer, source: RedisServer): Promise<void> {
  await server.command('REPLICAOF', source.address.host, source.address.port);
}
