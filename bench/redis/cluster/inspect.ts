/** What the nodes say when it is over. */
import { readFile } from 'node:fs/promises';
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import { type Inspection, inspectTakeover } from '../plain/inspect.ts';
import type { ClusterStage } from './cluster-stage.ts';

const AGREE_MS = 10_000;

/** Of the measured shard one primary is left, and every node that runs says the same. */
export async function inspectShard(stage: ClusterStage, next: RedisServer): Promise<Inspection> {
  const disagreement = await stage.cluster.agreed(AGREE_MS).then(
    () => [],
    (thrown: unknown) => [`the nodes do not agree: ${String(thrown)}`],
  );
  const shard = { ...stage, servers: [stage.primary, ...stage.replicas] };
  const { wrong, remarks } = await inspectTakeover(shard, next);
  return { wrong: [...wrong, ...disagreement], remarks };
}

/** Whether the other primaries elected it, or it took the slots by itself: only its log says so. */
export async function elected(next: RedisServer): Promise<boolean> {
  const log = await readFile(`${next.folder}/redis.log`, 'utf8');
  return log.includes('Failover election won');
}
