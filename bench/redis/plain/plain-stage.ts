/** A primary with two replicas that follow it. */
import { type RedisReplication, startRedisReplication } from '../../../test/kit/redis/replication.ts';
import type { Stage } from '../stage.ts';

const REPLICAS = 2;
const SHARD = 'all';

/** `rate`: writes a second, half of them by the probe. The probe tries each server at that rate; one of them takes it. */
export async function setPlainStage(rate: number): Promise<Stage> {
  const replication: RedisReplication = await startRedisReplication({ replicas: REPLICAS });
  const { folder, servers, primary } = replication;
  return {
    folder,
    servers,
    primary,
    replicas: servers.filter((server) => server !== primary),
    shard: SHARD,
    others: new Map(),
    lanes: servers.map(({ name, address }) => ({
      server: name,
      address,
      shard: SHARD,
      prefix: `p:${name}:`,
      rate: rate / 2,
    })),
    streams: [{ shard: SHARD, prefix: 'c:', rate: rate / 2 }],
    [Symbol.asyncDispose]: () => replication[Symbol.asyncDispose](),
  };
}
