import { setTimeout as sleep } from 'node:timers/promises';
import { it } from 'vitest';
import { startRedisCluster } from '../kit/redis/redis-cluster.ts';
import { redisFlavours } from '../kit/redis/redis-flavours.ts';

it.each(redisFlavours)(
  'counter $name',
  async (flavour) => {
    await using cluster = await startRedisCluster({
      primaries: 3,
      replicasEach: 1,
      nodeTimeoutMs: 1000,
      flavour,
    });
    const show = async (what: string) => {
      for (const n of ['db1', 'db4', 'db2']) {
        const info = String(await cluster.server(n).command('CLUSTER', 'INFO'));
        const r = await cluster.server(n).info('replication');
        console.log(
          flavour.name,
          what,
          n,
          r.role,
          [...info.matchAll(/auth-(req|ack)_(sent|received):\d+/g)].map((m) => m[0]).join(' '),
          r.master_repl_offset,
          r.second_repl_offset,
          r.slave_repl_offset,
          r.master_replid,
        );
      }
    };
    await show('start');
    await cluster.server('db4').command('CLUSTER', 'FAILOVER');
    await sleep(300);
    await show('after');
    await cluster.server('db4').command('CONFIG', 'RESETSTAT');
    await show('reset');
    await cluster.server('db1').command('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await sleep(300);
    await show('takeover');
  },
  30000,
);
