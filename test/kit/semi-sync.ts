/** Semi-synchronous replication, as each engine says it: a commit is acknowledged once a replica has received it. */

import type { Controller } from '../../src/control/controller.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Cluster } from './cluster.ts';
import { SOON, until } from './deadline.ts';

interface Words {
  readonly source: string;
  readonly replica: string;
  /** The receiver takes up its part when it connects. */
  readonly reconnect: string;
  readonly clients: string;
  readonly status: string;
}

const words: Readonly<Record<SqlEngineKind, Words>> = {
  mariadb: {
    source: 'rpl_semi_sync_master',
    replica: 'rpl_semi_sync_slave',
    reconnect: 'stop slave io_thread; start slave io_thread',
    clients: 'Rpl_semi_sync_master_clients',
    status: 'Rpl_semi_sync_master_status',
  },
  mysql: {
    source: 'rpl_semi_sync_source',
    replica: 'rpl_semi_sync_replica',
    reconnect: 'stop replica io_thread; start replica io_thread',
    clients: 'Rpl_semi_sync_source_clients',
    status: 'Rpl_semi_sync_source_status',
  },
};

/** What the servers have to be started with. */
export const semiSyncArgs: Readonly<Record<SqlEngineKind, readonly string[]>> = {
  mariadb: [],
  mysql: ['--plugin-load-add=semisync_source.so;semisync_replica.so'],
};

/** A day: a commit rather waits than goes on alone. */
const NEVER_ALONE_MS = 86_400_000;

const ACTIVE_MS = 10_000;

/** Returns when the primary waits for every replica. */
export async function enableSemiSync(cluster: Cluster, timeoutMs = NEVER_ALONE_MS): Promise<void> {
  const { source, replica, reconnect, clients, status } = words[cluster.engine];
  const replicas = cluster.servers.filter((server) => server !== cluster.primary);
  for (const server of replicas) await server.query(`set global ${replica}_enabled=1; ${reconnect}`);
  await cluster.primary.query(`set global ${source}_timeout=${timeoutMs}; set global ${source}_enabled=1`);
  await until('semi-synchronous replication to be active', { deadlineMs: ACTIVE_MS }, async () => {
    const rows = await cluster.primary.query(`show global status like 'Rpl_semi_sync%'`);
    const value = (name: string) => rows.find((row) => row.Variable_name === name)?.Value;
    return value(status) === 'ON' && Number(value(clients)) === replicas.length;
  });
}

/** Returns when a look at the primary came after one at each of so many replicas that saw it connected. */
export async function seenAcknowledging(controller: Controller, replicas: number): Promise<void> {
  await until('replicas that acknowledge', SOON, async () => {
    const { nodes } = controller.topology('orders');
    const at = nodes.find(({ role }) => role === 'primary')?.seen?.observedAt ?? 0;
    return nodes.filter(({ acknowledging }) => (acknowledging?.since ?? at + 1) <= at).length === replicas;
  });
}
