/** What is measured: a durable primary with three replicas, a client that writes, and the real controller. */
import { type Cluster, startCluster } from '../../test/kit/cluster.ts';
import { type ControllerProcess, startControllerProcess } from '../../test/kit/controller-process.ts';
import { startWriter, type Writer } from '../../test/kit/writer.ts';
import { durableArgs } from '../durable-args.ts';
import type { SwitchoverOptions } from './options.ts';

export const CLUSTER = 'orders';

const REPLICAS = 3;
const CONNECTIONS = 4;

export interface Stage extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly writer: Writer;
  readonly controller: ControllerProcess;
}

export async function setStage({ engine, rate }: SwitchoverOptions): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(
    await startCluster({ engine, replicas: REPLICAS, durable: true, serverArgs: durableArgs[engine] }),
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
