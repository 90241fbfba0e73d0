/** What is measured: a durable primary with three replicas, a client that writes, and the real controller. */
import { type Cluster, startCluster } from '../../test/kit/cluster.ts';
import { type ControllerProcess, startControllerProcess } from '../../test/kit/controller-process.ts';
import { startWriter, type Writer } from '../../test/kit/writer.ts';
import type { SwitchoverOptions } from './options.ts';

export const CLUSTER = 'orders';

const REPLICAS = 3;
const CONNECTIONS = 4;

/**
 * One applier alone falls behind 2,000 durable commits a second, so both engines apply in parallel, and commit in order.
 * A redo log as small as the tests' would have the servers write back pages all the time.
 */
const SERVER_ARGS = {
  mariadb: [
    '--slave-parallel-threads=4',
    '--slave-parallel-mode=optimistic',
    '--innodb-log-file-size=64M',
    '--innodb-buffer-pool-size=128M',
  ],
  mysql: ['--replica-parallel-workers=4', '--innodb-redo-log-capacity=64M', '--innodb-buffer-pool-size=128M'],
};

export interface Stage extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly writer: Writer;
  readonly controller: ControllerProcess;
}

export async function setStage({ engine, rate }: SwitchoverOptions): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(
    await startCluster({ engine, replicas: REPLICAS, durable: true, serverArgs: SERVER_ARGS[engine] }),
  );
  const controller = resources.use(
    await startControllerProcess({
      folder: `${cluster.folder}/controller`,
      clusters: [{ name: CLUSTER, cluster }],
    }),
  );
  const writer = resources.use(
    await startWriter({ folder: cluster.folder, servers: cluster.servers, rate, connections: CONNECTIONS }),
  );
  const owned = resources.move();
  return { cluster, writer, controller, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
