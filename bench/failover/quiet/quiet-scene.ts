/** As the scene of a failover, but the controller and the replicas reach the primary by a wire of their own each. */
import { formatAddress } from '../../../src/core/identity.ts';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import { startAgents } from '../../../test/kit/agents.ts';
import { type Cluster, startCluster } from '../../../test/kit/cluster.ts';
import { type ControllerProcess, startControllerProcess } from '../../../test/kit/controller-process.ts';
import type { DatabaseServer } from '../../../test/kit/database-server.ts';
import { type Relay, startRelay } from '../../../test/kit/relay.ts';
import { awaitCaughtUp, followBy, stopReplicating } from '../../../test/kit/replication.ts';
import { startWriter, type Writer } from '../../../test/kit/writer.ts';
import { durableArgs } from '../../durable-args.ts';
import { CLUSTER } from '../scene.ts';

export interface QuietScene extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly primary: DatabaseServer;
  readonly controller: ControllerProcess;
  readonly writer: Writer;
  /** Between the controller and the primary. */
  readonly controllersWire: Relay;
  /** Between the replicas and the primary. */
  readonly replicasWire: Relay;
}

const REPLICAS = 3;
const CONNECTIONS = 4;
const CATCH_UP_MS = 15_000;

export async function setQuietScene({
  engine,
  rate,
}: {
  readonly engine: SqlEngineKind;
  readonly rate: number;
}): Promise<QuietScene> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(
    await startCluster({ engine, replicas: REPLICAS, durable: true, serverArgs: durableArgs[engine] }),
  );
  const { primary, servers, folder } = cluster;
  const controllersWire = resources.use(await startRelay(primary.address));
  const replicasWire = resources.use(await startRelay(primary.address));
  for (const replica of servers.filter((server) => server !== primary)) {
    await stopReplicating(replica);
    await followBy(replica, replicasWire.address);
  }
  await awaitCaughtUp(servers, primary, CATCH_UP_MS);
  const agents = resources.use(await startAgents(servers, `${folder}/controller`));
  const serverKeys = {
    ...agents.serverKeys,
    [primary.name]: {
      ...agents.serverKeys[primary.name],
      address: formatAddress(controllersWire.address),
    },
  };
  const controller = resources.use(
    await startControllerProcess({
      folder: `${folder}/controller`,
      clusters: [
        { name: CLUSTER, cluster, keys: { failover: { mode: 'automatic', grace: '10s' } }, serverKeys },
      ],
    }),
  );
  const writer = resources.use(await startWriter({ folder, servers, rate, connections: CONNECTIONS }));
  const owned = resources.move();
  const dispose = () => owned.disposeAsync();
  return {
    cluster,
    primary,
    controller,
    writer,
    controllersWire,
    replicasWire,
    [Symbol.asyncDispose]: dispose,
  };
}
