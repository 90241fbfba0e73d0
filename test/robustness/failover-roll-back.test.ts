/** A failover that gives up before its promotion leaves replication as it found it; on real servers. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { expectFollows } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { startControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { atStep, interruptingStore } from '../kit/interrupting-store.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';

const engines: readonly SqlEngineKind[] =
  mysqlUnavailable() === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

const words = { mariadb: 'slave', mysql: 'replica' } as const;

interface Seen {
  readonly source: string;
  readonly receiver: 'running' | 'stopped';
  readonly applier: 'running' | 'stopped';
}

async function replicationOf(cluster: Cluster, name: string): Promise<Seen> {
  const [row = {}] = await cluster.server(name).query(`show ${words[cluster.engine]} status`);
  const value = (...columns: readonly string[]): string =>
    columns.map((column) => row[column]).find((each) => each !== undefined && each !== null) ?? '';
  const runs = (text: string) => (text === 'No' ? 'stopped' : 'running');
  return {
    source: `${value('Source_Host', 'Master_Host')}:${value('Source_Port', 'Master_Port')}`,
    receiver: runs(value('Replica_IO_Running', 'Slave_IO_Running')),
    applier: runs(value('Replica_SQL_Running', 'Slave_SQL_Running')),
  };
}

/** db2, the candidate, lacks what db3 has received; `act` when it is about to be levelled. */
async function play(
  engine: SqlEngineKind,
  act: (cluster: Cluster) => Promise<void>,
  check: (operation: Operation, cluster: Cluster) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster({ engine, replicas: 2 });
  const store = interruptingStore(
    createMemoryStore(systemClock),
    atStep('level', () => act(cluster)),
  );
  await using control = await startControl(cluster, {
    store,
    settings: { db2: { promotionRule: 'prefer' } },
  });
  await cluster.caughtUp();
  await cluster.server('db2').query(`stop ${words[engine]} io_thread`);
  await cluster.primary.query("insert into app.writes (id, at) values ('only on db3', now(6))");
  await until('db3 to have it', SOON, async () => {
    const rows = await cluster.server('db3').query("select 1 from app.writes where id = 'only on db3'");
    return rows.length === 1 ? true : undefined;
  });
  await cluster.server('db3').query(`stop ${words[engine]} sql_thread`);
  await until('the controller to have seen it', SOON, async () => {
    const { nodes } = control.controller.topology('orders');
    const channel = (name: string) => nodes.find((node) => node.name === name)?.channel;
    return channel('db2')?.receiver === 'stopped' && channel('db3')?.applier === 'stopped' ? true : undefined;
  });
  await cluster.server('db1').kill();
  await check(await control.failover(), cluster);
}

describe.each(engines)('%s', (engine) => {
  it('the candidate was put under a survivor that could not give: both are under the dead primary again', async () => {
    const forget = async (cluster: Cluster): Promise<void> => {
      const db3 = cluster.server('db3');
      await db3.query('flush binary logs');
      const [log] = await db3.query(engine === 'mariadb' ? 'show master status' : 'show binary log status');
      // MariaDB keeps a log until its next checkpoint.
      await until('the log to be gone', SOON, async () => {
        await db3.query(`purge binary logs to '${log?.File}'`);
        return (await db3.query('show binary logs')).length === 1 ? true : undefined;
      });
    };
    await play(engine, forget, async (operation, cluster) => {
      expect(operation.outcome?.cause).toMatchObject({ code: 'loss-not-accepted' });
      expect(operation.status).toBe('rolled-back');
      expect(operation.outcome?.flags).toEqual([]);
      const source = formatAddress(cluster.primary.address);
      expect(await replicationOf(cluster, 'db2')).toEqual({
        source,
        receiver: 'stopped',
        applier: 'running',
      });
      expect(await replicationOf(cluster, 'db3')).toEqual({
        source,
        receiver: 'running',
        applier: 'stopped',
      });
      await cluster.server('db1').restart();
      await cluster.server('db2').query(`start ${words[engine]} io_thread`);
      await cluster.server('db3').query(`start ${words[engine]} sql_thread`);
      await cluster.primary.query("insert into app.writes (id, at) values ('afterwards', now(6))");
      for (const name of ['db2', 'db3']) await expectFollows(cluster.server(name), cluster.primary);
    });
  });

  it('the candidate died while it was levelled: the others are as they were, and it is told', async () => {
    const die = (cluster: Cluster) => cluster.server('db2').kill();
    await play(engine, die, async (operation, cluster) => {
      expect(operation.status).toBe('rolled-back');
      const source = formatAddress(cluster.primary.address);
      expect(await replicationOf(cluster, 'db3')).toEqual({
        source,
        receiver: 'running',
        applier: 'stopped',
      });
      expect(operation.outcome?.flags.map(({ step }) => step)).toEqual(['gather:db2']);
      expect(operation.outcome?.flags[0]?.repair).toContain(`it followed ${source}`);
    });
  });
});
