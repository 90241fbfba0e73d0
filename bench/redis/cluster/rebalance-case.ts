/** Slots move to a shard that has none, under the load of an application. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clock } from '../../../test/kit/machine-clock.ts';
import { awaitAgreement } from '../../../test/kit/redis/cluster-agreement.ts';
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import { runProgram } from '../../../test/kit/run-program.ts';
import type { Said } from '../actor.ts';
import type { BenchCase } from '../case.ts';
import { ask } from '../dauphin.ts';
import { longestGap } from '../gap.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { LoadRecord } from '../load/load-protocol.ts';
import { missingOn } from '../load/missing-writes.ts';
import { RedisControl } from '../redis-control.ts';
import { type GrowingCluster, ownersOf, setGrowingCluster } from './growing-cluster.ts';

const ENGINE = 'redis-cluster';
const WARM_UP_MS = 2000;
const AFTER_MS = 1000;
/** For a million keys on a slow machine. */
const END_MS = 1_800_000;
const AGREE_MS = 30_000;
const SHARD = 'all';

export const rebalanceCase: BenchCase = {
  about: 'from six nodes to eight: the new shard gets its quarter of the slots, under load',
  engine: ENGINE,
  variants: ['slots'],
  actors: { dauphin: 'Dauphin', peer: 'redis-cli --cluster' },
  run: async ({ side, rate, keys }, signal) => {
    await using cluster = await setGrowingCluster(keys);
    await using actor = side === 'dauphin' ? await openDauphin(cluster, signal) : openRedisCli(cluster);
    await using client = await LoadProcess.start(cluster.folder, {
      kind: 'client',
      connection: { by: 'cluster', nodes: cluster.servers.map(({ address }) => address) },
      streams: [{ shard: SHARD, prefix: 'c:', rate }],
    });
    await sleep(WARM_UP_MS, undefined, { signal });
    const from = clock.nowUs();
    const { failure } = await actor.rebalance();
    const to = clock.nowUs();
    await sleep(AFTER_MS, undefined, { signal });
    const { records, stats } = await client.stop();
    const lost = await lostWrites(cluster.servers, records);
    const pause = longestGap(
      records.map(({ ackedAt }) => ackedAt),
      { from, to },
    );
    return {
      tookMs: (to - from) / 1000,
      ...(pause === undefined ? {} : { clientMs: pause.ms }),
      acknowledged: records.length,
      lost: lost.length,
      clientErrors: stats.errors,
      wrong: [
        ...(failure === undefined ? [] : [failure]),
        ...(lost.length === 0 ? [] : [`${lost.length} acknowledged writes lost`]),
        ...(await wrongCount(cluster.servers, keys, records)),
      ],
      remarks: [`${String(await cluster.empty.command('DBSIZE'))} keys on the new shard`],
    };
  },
};

interface RebalanceActor extends AsyncDisposable {
  rebalance(): Promise<Said>;
}

function openRedisCli({ servers: [first] }: GrowingCluster): RebalanceActor {
  if (first === undefined) throw new RangeError('a cluster has a node');
  const { host, port } = first.address;
  return {
    rebalance: async () => {
      const args = ['--cluster', 'rebalance', `${host}:${port}`, '--cluster-use-empty-masters'];
      await runProgram('redis-cli', args, { deadlineMs: END_MS });
      return {};
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function openDauphin(
  { folder, servers }: GrowingCluster,
  signal: AbortSignal,
): Promise<RebalanceActor> {
  const control = await RedisControl.start({ folder, engine: ENGINE, servers });
  const body = { useEmpty: true, requestedBy: 'bench' };
  return {
    rebalance: () => ask(control, { what: 'rebalance', body, signal, deadlineMs: END_MS }),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

async function lostWrites(
  servers: readonly RedisServer[],
  records: readonly LoadRecord[],
): Promise<readonly LoadRecord[]> {
  await awaitAgreement(servers, AGREE_MS);
  const ownerOf = await ownersOf(servers);
  const byOwner = Map.groupBy(records, ({ key }) => ownerOf(key));
  return (await Promise.all([...byOwner].map(([server, mine]) => missingOn(server, mine)))).flat();
}

/** Writes of unknown outcome may be there, too; fewer keys than were put there must not be. */
async function wrongCount(
  servers: readonly RedisServer[],
  keys: number,
  records: readonly LoadRecord[],
): Promise<readonly string[]> {
  const sizes = await Promise.all(
    servers.map(async (server) => {
      const { role } = await server.info('replication');
      return role === 'master' ? Number(await server.command('DBSIZE')) : 0;
    }),
  );
  const found = sizes.reduce((sum, size) => sum + size, 0);
  const least = keys + records.length;
  return found >= least ? [] : [`${found} keys of at least ${least} are there`];
}
