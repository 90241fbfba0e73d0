/** When the nodes of a cluster stood for election, as it is remembered over restarts of controllers. */
import { z } from 'zod';
import { type ClusterName, type ServerId, serverId } from '../../core/identity.ts';
import type { ElectionMemory } from '../../core/shards/notice-election.ts';
import type { Store, Write } from '../../core/store.ts';
import { keys } from './keys.ts';

const nodeSchema = z.string().transform(serverId);

const electionSchema = z.object({ node: nodeSchema, against: nodeSchema.exactOptional(), at: z.number() });

const memorySchema = z.object({
  stood: z.number(),
  lookedAt: z.number(),
  source: nodeSchema.exactOptional(),
  election: electionSchema.exactOptional(),
  announced: electionSchema.exactOptional(),
});

export const electionWrite = (cluster: ClusterName, node: ServerId, memory: ElectionMemory): Write => ({
  put: keys.election(cluster, node),
  value: JSON.stringify(memory),
});

export async function readElections(
  store: Store,
  cluster: ClusterName,
): Promise<ReadonlyMap<ServerId, ElectionMemory>> {
  const prefix = keys.allElections(cluster);
  const { entries } = await store.range(prefix);
  return new Map(
    entries.map(({ key, value }) => [
      serverId(key.slice(prefix.length)),
      memorySchema.parse(JSON.parse(value)) satisfies ElectionMemory,
    ]),
  );
}
