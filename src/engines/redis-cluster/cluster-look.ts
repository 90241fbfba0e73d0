/** One look at a node of a Redis Cluster: what is known of it as of any Redis server, and what it says of the cluster. */
import type { Address } from '../../core/identity.ts';
import type { ClusterSight } from '../../core/shards/cluster-sight.ts';
import { type LookedAt, lookCommands, readLook } from '../redis/look.ts';
import { infoNumber, parseInfo } from '../resp/info.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';
import { factCommands, readFacts, textOf } from './node-facts.ts';
import { clusterView } from './nodes-text.ts';

const clusterCommands: readonly Command[] = [
  ['CLUSTER', 'NODES'],
  ['CLUSTER', 'INFO'],
  ['CONFIG', 'GET', 'cluster-allow-replica-migration'],
];

export const clusterLookCommands: readonly Command[] = [...clusterCommands, ...factCommands, ...lookCommands];

export interface ClusterLook {
  readonly seen: LookedAt;
  readonly sight: ClusterSight;
}

/** `remote`: the address at the other end; `at`: epoch milliseconds. */
export function readClusterLook(replies: readonly Reply[], remote: Address, at: number): ClusterLook {
  const [nodes, info, migration, ...rest] = replies;
  const said = { nodes: textOf(nodes), info: textOf(info) };
  const view = clusterView({ askedAt: remote, at, ...said });
  const facts = readFacts(rest.slice(0, factCommands.length));
  const seen = readLook(rest.slice(factCommands.length), remote);
  const fellows = view.nodes.filter(({ id, flags }) => id !== view.by && !flags.includes('handshake'));
  return {
    seen: {
      ...seen,
      engine: 'redis-cluster',
      server: view.by,
      downstream: fellows.flatMap(({ address }) => address ?? []),
    },
    sight: {
      view,
      nodeTimeoutMs: facts.nodeTimeoutMs,
      server: facts.server,
      migrates: Array.isArray(migration) && migration[1] === 'yes',
      stood: infoNumber(parseInfo(said.info), 'cluster_stats_messages_auth-req_sent') ?? 0,
      ...(facts.replication === undefined ? {} : { replication: facts.replication }),
    },
  };
}
