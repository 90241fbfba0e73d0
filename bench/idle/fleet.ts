/** Several small clusters, idle, and the real controller that watches them. */
import type { Cluster } from '../../test/kit/cluster.ts';
import { startCluster } from '../../test/kit/cluster.ts';
import { type ControllerProcess, startControllerProcess } from '../../test/kit/controller-process.ts';
import type { DatabaseServer } from '../../test/kit/database-server.ts';
import { createWorkFolder } from '../../test/kit/folder.ts';
import { CLUSTER_SIZE } from './options.ts';
import { buildRelease } from './release.ts';

/** As little as they can do with: forty of them share one machine. */
const SMALL = ['--innodb-buffer-pool-size=8M', '--max-connections=50', '--table-open-cache=64'];

export interface Fleet extends AsyncDisposable {
  readonly servers: readonly DatabaseServer[];
  readonly controller: ControllerProcess;
}

export async function startFleet(size: number, signal: AbortSignal): Promise<Fleet> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await createWorkFolder('idle')).path;
  const clusters: Cluster[] = [];
  for (let first = 1; first <= size; first += CLUSTER_SIZE) {
    signal.throwIfAborted();
    clusters.push(resources.use(await startOne(first, folder)));
  }
  const controller = resources.use(
    await startControllerProcess({
      folder: `${folder}/controller`,
      program: await buildRelease(),
      clusters: clusters.map((cluster, index) => ({ name: `cluster${index + 1}`, cluster })),
    }),
  );
  const owned = resources.move();
  const servers = clusters.flatMap((cluster) => cluster.servers);
  return { servers, controller, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function startOne(first: number, folder: string): Promise<Cluster> {
  const names = Array.from({ length: CLUSTER_SIZE }, (_, index) => `db${first + index}`);
  return startCluster({
    engine: 'mariadb',
    replicas: CLUSTER_SIZE - 1,
    names,
    firstHost: first,
    folder,
    serverArgs: SMALL,
  });
}
