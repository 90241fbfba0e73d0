/** One primary with three replicas, durable; a controller that acts by itself; agents; a client that writes. */
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { type Agents, startAgents } from '../../test/kit/agents.ts';
import { type Cluster, startCluster } from '../../test/kit/cluster.ts';
import { type ControllerProcess, startControllerProcess } from '../../test/kit/controller-process.ts';
import type { DatabaseServer } from '../../test/kit/database-server.ts';
import { enableSemiSync, semiSyncArgs } from '../../test/kit/semi-sync.ts';
import { startWriter, type Writer } from '../../test/kit/writer.ts';
import { durableArgs } from '../durable-args.ts';

export const CLUSTER = 'orders';

const REPLICAS = 3;
const CONNECTIONS = 4;

export interface Setting {
  readonly engine: SqlEngineKind;
  readonly rate: number;
  readonly agents: boolean;
  readonly semiSync: boolean;
  /** Keys of `failover` in the configuration, beside `mode`. */
  readonly failover: object;
}

export interface Scene extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly primary: DatabaseServer;
  readonly replicas: readonly DatabaseServer[];
  readonly controller: ControllerProcess;
  readonly agents: Agents;
  readonly writer: Writer;
}

export async function setScene({ engine, rate, agents, semiSync, failover }: Setting): Promise<Scene> {
  await using resources = new AsyncDisposableStack();
  const serverArgs = [...durableArgs[engine], ...semiSyncArgs[engine]];
  const cluster = resources.use(
    await startCluster({ engine, replicas: REPLICAS, durable: true, serverArgs }),
  );
  if (semiSync) await enableSemiSync(cluster);
  const folder = `${cluster.folder}/controller`;
  const hosts = resources.use(await startAgents(agents ? cluster.servers : [], folder));
  const controller = resources.use(
    await startControllerProcess({
      folder,
      clusters: [
        {
          name: CLUSTER,
          cluster,
          keys: { failover: { mode: 'automatic', rejoin: 'manual', ...failover } },
          serverKeys: hosts.serverKeys,
        },
      ],
    }),
  );
  const writer = resources.use(
    await startWriter({ folder: cluster.folder, servers: cluster.servers, rate, connections: CONNECTIONS }),
  );
  const { primary, servers } = cluster;
  const replicas = servers.filter((server) => server !== primary);
  const owned = resources.move();
  const dispose = () => owned.disposeAsync();
  return { cluster, primary, replicas, controller, agents: hosts, writer, [Symbol.asyncDispose]: dispose };
}
