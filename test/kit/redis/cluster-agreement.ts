/** Nodes of a cluster get to know each other, and come to see the same. */
import { until } from '../deadline.ts';
import { type ClusterNode, clusterNodes } from './cluster-nodes.ts';
import type { RedisServer } from './redis-server.ts';

const EVERY_MS = 25;

/** Each is told of all that come after it: hearsay would take longer. */
export async function introduce(servers: readonly RedisServer[], deadlineMs: number): Promise<void> {
  await Promise.all(
    servers.flatMap((server, index) =>
      servers.slice(index + 1).map(async (other) => {
        const { host, port } = other.address;
        await server.command(
          'CLUSTER',
          'MEET',
          host,
          port,
          ...(other.busPort === undefined ? [] : [other.busPort]),
        );
      }),
    ),
  );
  await until('all nodes to have met', { deadlineMs, everyMs: EVERY_MS }, async () => {
    const views = await Promise.all(servers.map(clusterNodes));
    return views.every(
      (nodes) =>
        nodes.length === servers.length &&
        nodes.every((node) => node.linked && !node.flags.includes('handshake')),
    );
  });
}

/** Returns when all of `servers` see the same roles, slots and epochs, have no doubt of each other, and serve. */
export async function awaitAgreement(servers: readonly RedisServer[], deadlineMs: number): Promise<void> {
  const ports = new Set(servers.map(({ address }) => address.port));
  await until('all nodes to agree', { deadlineMs, everyMs: EVERY_MS }, async () => {
    const views = await Promise.all(servers.map(clusterNodes));
    const [first = '', ...others] = views.map(viewOf);
    if (others.some((other) => other !== first)) return false;
    const doubted = views.flat().some((node) => ports.has(node.address.port) && !isTrusted(node));
    return !doubted && (await Promise.all(servers.map(serves))).every(Boolean);
  });
}

function viewOf(nodes: readonly ClusterNode[]): string {
  const lines = nodes.map(({ id, primaryId, configEpoch, slots }) =>
    JSON.stringify([id, primaryId ?? '', configEpoch, slots]),
  );
  return lines.sort().join('\n');
}

function isTrusted({ linked, flags }: ClusterNode): boolean {
  return linked && !flags.includes('fail') && !flags.includes('fail?');
}

/** A replica also has its link to its primary. */
async function serves(server: RedisServer): Promise<boolean> {
  const state = String(await server.command('CLUSTER', 'INFO'));
  if (!state.includes('cluster_state:ok')) return false;
  const { role, master_link_status: link } = await server.info('replication');
  return role === 'master' || link === 'up';
}
