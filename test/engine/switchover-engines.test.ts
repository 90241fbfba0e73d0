/** Whole switchovers under load, for what differs between engines: semi-synchronous replication, shapes, settings. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import { mariadb } from '../../src/engines/mariadb/index.ts';
import { mysql } from '../../src/engines/mysql/index.ts';
import { boss, repl } from '../kit/accounts.ts';
import { expectFollows, expectNothingLost, expectOnePrimary } from '../kit/aftermath.ts';
import { call } from '../kit/call.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, startControl, type TestControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { until } from '../kit/deadline.ts';
import { linkContext } from '../kit/link-context.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { type SqlAccount, SqlClient } from '../kit/sql.ts';
import { startWriter, type Writer } from '../kit/writer.ts';

const SOON = { deadlineMs: 15_000, everyMs: 100 };
const noMysql = mysqlUnavailable();
const why = noMysql === undefined ? '' : ` (skipped: ${noMysql})`;

interface Stage {
  readonly cluster: Cluster;
  readonly control: TestControl;
  readonly writer: Writer;
}

/** The same check after every story: one primary, nothing lost, everybody follows it. */
async function onStage(
  options: ClusterOptions & {
    readonly control?: ControlOptions;
    readonly prepare?: (cluster: Cluster) => Promise<unknown>;
  },
  primaryAfter: string,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster(options);
  await options.prepare?.(cluster);
  await using control = await startControl(cluster, options.control);
  await using writer = await startWriter({
    folder: cluster.folder,
    servers: cluster.servers,
    rate: 200,
    statementMs: 15_000,
  });
  await sleep(300);
  await act({ cluster, control, writer });
  await sleep(300);
  const report = await writer.stop();
  const primary = await expectOnePrimary(cluster, primaryAfter);
  await expectNothingLost(report, primary);
  for (const server of cluster.servers) await expectFollows(server, primary);
}

async function look(server: DatabaseServer): Promise<Observation> {
  const engine = { mariadb, mysql }[server.engine];
  const link = engine.link(server.address, linkContext(server.engine));
  try {
    return await link.probe(call(5000));
  } finally {
    await link.close();
  }
}

function expectSucceeded(operation: Operation): void {
  expect(operation.outcome?.cause).toBeUndefined();
  expect(operation.outcome?.flags).toEqual([]);
  expect(operation.status).toBe('succeeded');
}

/** The longest time any write waited for its acknowledgement. */
async function slowestWriteMs(writer: Writer): Promise<number> {
  const records = await writer.since(0);
  return Math.max(...records.map(({ sentAt, ackedAt }) => (ackedAt - sentAt) / 1000));
}

/** Far above what a hand-over takes, far above what a busy machine does to a write. */
const SEMI_SYNC_TIMEOUT_MS = 10_000;

const semiSync = {
  mariadb: {
    source: 'rpl_semi_sync_master',
    replica: 'rpl_semi_sync_slave',
    restart: 'stop slave; start slave',
    serverArgs: [],
  },
  mysql: {
    source: 'rpl_semi_sync_source',
    replica: 'rpl_semi_sync_replica',
    restart: 'stop replica; start replica',
    serverArgs: ['--plugin-load-add=semisync_source.so;semisync_replica.so'],
  },
} as const;

describe.each(['mariadb', 'mysql'] as const)('%s, semi-synchronous', (engine) => {
  it.skipIf(engine === 'mysql' && noMysql !== undefined)(
    `hands the roles over with the primary, and no write waits for the time-out${engine === 'mysql' ? why : ''}`,
    async () => {
      const { source, replica, restart, serverArgs } = semiSync[engine];
      const prepare = async (cluster: Cluster): Promise<void> => {
        for (const server of cluster.servers.slice(1))
          await server.query(`set global ${replica}_enabled=1; ${restart}`);
        await cluster.primary.query(
          `set global ${source}_timeout=${SEMI_SYNC_TIMEOUT_MS}; set global ${source}_enabled=1`,
        );
        await until('it to be active', SOON, async () => {
          const { semiSync: now } = await look(cluster.primary);
          return now.sourceActive && now.connectedReplicas === 2;
        });
      };
      await onStage(
        { engine, replicas: 2, serverArgs, prepare },
        'db2',
        async ({ cluster, control, writer }) => {
          expectSucceeded(await control.switchover('db2'));
          const next = await until('the new primary to wait for both', SOON, async () => {
            const seen = await look(cluster.server('db2'));
            return seen.semiSync.connectedReplicas === 2 && seen;
          });
          expect(next.semiSync).toMatchObject({
            sourceEnabled: true,
            sourceActive: true,
            replicaEnabled: false,
            requiredAcks: 1,
            timeoutMs: SEMI_SYNC_TIMEOUT_MS,
          });
          for (const name of ['db1', 'db3']) {
            const seen = await look(cluster.server(name));
            expect(seen.semiSync, name).toMatchObject({
              sourceEnabled: false,
              replicaEnabled: true,
              replicaActive: true,
            });
          }
          await sleep(300);
          expect(await slowestWriteMs(writer)).toBeLessThan(SEMI_SYNC_TIMEOUT_MS / 2);
          const [row] = await cluster.server('db2').query(`show global status like '${source}_no_tx'`);
          expect(Number(row?.Value), 'writes that went on without an acknowledgement').toBe(0);
        },
      );
    },
  );
});

/** Writes as a privileged account until it is told to stop; goes on after the loss of a connection. */
async function privilegedWriter(cluster: Cluster, account: SqlAccount) {
  const acknowledged: string[] = [];
  let going = true;
  let serial = 0;
  const lanes = cluster.servers.map(async (server) => {
    while (going) {
      const client = await SqlClient.open(
        { engine: server.engine, address: server.address, account },
        5000,
      ).catch(() => undefined);
      try {
        // Only where writes are taken: what a privileged session does to a replica is not what is tested here.
        while (going && client) {
          const [mode] = await client.query('select @@global.read_only as ro');
          if (mode?.ro !== '0') {
            await sleep(5);
            continue;
          }
          serial += 1;
          const id = `${account.user}-${serial}`;
          await client.query(`insert into app.writes (id, at) values ('${id}', now(6))`, 15_000);
          acknowledged.push(id);
        }
      } catch {
        await sleep(5);
      } finally {
        client?.close();
      }
    }
  });
  await sleep(100);
  return {
    acknowledged,
    stop: async () => {
      going = false;
      await Promise.all(lanes);
    },
  };
}

describe.skipIf(noMysql !== undefined)(`a MySQL star${why}`, () => {
  it('goes twice there and back under load, a privileged writer included', async () => {
    const handOvers = ['db2', 'db1', 'db2', 'db1'];
    await onStage({ engine: 'mysql', replicas: 2 }, 'db1', async ({ cluster, control }) => {
      const privileged = await privilegedWriter(cluster, boss);
      for (const to of handOvers) {
        expectSucceeded(await control.switchover(to));
        await expectOnePrimary(cluster, to);
        await sleep(200);
      }
      await privileged.stop();
      const rows = await cluster.server('db1').query("select id from app.writes where id like 'boss-%'");
      const kept = new Set(rows.map(({ id }) => id));
      expect(privileged.acknowledged.length).toBeGreaterThan(handOvers.length);
      expect(privileged.acknowledged.filter((id) => !kept.has(id))).toEqual([]);
      await until('the last look', SOON, async () => control.controller.findings('orders').length === 0);
    });
  }, 120_000);

  it('lets the old primary log in to the new one without TLS, though its password is not known there yet', async () => {
    // Without TLS, caching_sha2_password needs the source's public key until the first login.
    const prepare = async (cluster: Cluster): Promise<void> => {
      const [db1, db2, db3] = cluster.servers as [DatabaseServer, DatabaseServer, DatabaseServer];
      for (const server of [db2, db3]) {
        await server.query(
          'stop replica; change replication source to source_ssl=0, get_source_public_key=1; start replica',
        );
      }
      for (const server of [db1, db2]) await server.query('flush local privileges');
    };
    await onStage({ engine: 'mysql', replicas: 2, prepare }, 'db2', async ({ cluster, control }) => {
      expectSucceeded(await control.switchover('db2'));
      const [channel] = (await look(cluster.server('db1'))).channels;
      expect(channel).toMatchObject({
        receiver: 'running',
        user: repl.user,
        source: cluster.server('db2').address,
      });
    });
  });

  it('keeps TLS for the old primary where the candidate had it', async () => {
    await onStage({ engine: 'mysql', replicas: 1 }, 'db2', async ({ cluster, control }) => {
      const before = (await look(cluster.server('db2'))).channels[0];
      expect(before?.tls.enabled).toBe(true);
      expectSucceeded(await control.switchover('db2'));
      expect((await look(cluster.server('db1'))).channels[0]?.tls).toEqual(before?.tls);
    });
  });
});

describe.each(['mariadb', 'mysql'] as const)('%s settings of replication', (engine) => {
  it.skipIf(engine === 'mysql' && noMysql !== undefined)(
    `are kept: the siblings have theirs, the old primary has the candidate's${engine === 'mysql' ? why : ''}`,
    async () => {
      const change = engine === 'mariadb' ? 'change master to master' : 'change replication source to source';
      const prefix = engine === 'mariadb' ? 'master' : 'source';
      const { restart } = semiSync[engine];
      const [stop, start] = restart.split('; ');
      const prepare = async (cluster: Cluster): Promise<void> => {
        const set = (name: string, heartbeat: number, retry: number) =>
          cluster
            .server(name)
            .query(
              `${stop}; ${change}_heartbeat_period=${heartbeat}, ${prefix}_connect_retry=${retry}; ${start}`,
            );
        await set('db2', 2.5, 7);
        await set('db3', 3.5, 9);
      };
      await onStage({ engine, replicas: 2, prepare }, 'db2', async ({ cluster, control }) => {
        expectSucceeded(await control.switchover('db2'));
        expect((await look(cluster.server('db1'))).channels[0]).toMatchObject({
          heartbeatSeconds: 2.5,
          connectRetrySeconds: 7,
        });
        expect((await look(cluster.server('db3'))).channels[0]).toMatchObject({
          heartbeatSeconds: 3.5,
          connectRetrySeconds: 9,
        });
        expect((await look(cluster.server('db2'))).channels).toEqual([]);
      });
    },
  );
});

describe('a MariaDB cluster with a chain', () => {
  const under = (cluster: Cluster): Promise<void> => {
    const { host, port } = cluster.server('db3').address;
    return cluster
      .server('db4')
      .query(`stop slave; change master to master_host='${host}', master_port=${port}; start slave`)
      .then(() => undefined);
  };

  it('moves a sibling with all that follows it', async () => {
    await onStage({ engine: 'mariadb', replicas: 3, prepare: under }, 'db2', async ({ cluster, control }) => {
      expectSucceeded(await control.switchover('db2'));
      const sources = await Promise.all(
        cluster.servers.map(async (server) => (await look(server)).channels[0]?.source),
      );
      const [db1, db2, db3] = cluster.servers.map(({ address }) => address);
      expect(sources).toEqual([db2, undefined, db2, db3]);
      expect(db1).toBeDefined();
    });
  });

  it('promotes a server that others follow already', async () => {
    await onStage({ engine: 'mariadb', replicas: 3, prepare: under }, 'db3', async ({ cluster, control }) => {
      expectSucceeded(await control.switchover('db3'));
      const sources = await Promise.all(
        cluster.servers.map(async (server) => (await look(server)).channels[0]?.source),
      );
      const db3 = cluster.server('db3').address;
      expect(sources).toEqual([db3, db3, undefined, db3]);
    });
  });
});

describe('a sibling in downtime', () => {
  const downtime = { until: Date.now() + 3_600_000, owner: 'ann', reason: 'disk swap' };
  const control = { settings: { db3: { downtime } }, policy: { switchover: { followMs: 3000 } } };

  it('that is dead does not stop the switchover, is flagged, and is repaired by hand later', async () => {
    await onStage({ engine: 'mariadb', replicas: 2, control }, 'db2', async ({ cluster, control: under }) => {
      await cluster.server('db3').kill();
      const operation = await under.switchover('db2');
      expect(operation.status).toBe('succeeded');
      expect(operation.outcome?.flags.map(({ server }) => server)).toEqual(['db3']);
      expect(operation.outcome?.flags[0]?.repair).toContain('db2');
      await cluster.server('db3').restart(['--read-only=1']);
      const { host, port } = cluster.server('db2').address;
      await cluster
        .server('db3')
        .query(`stop slave; change master to master_host='${host}', master_port=${port}; start slave`);
    });
  });

  it('whose replication is stopped is left until after the promotion, and then follows', async () => {
    await onStage({ engine: 'mariadb', replicas: 2, control }, 'db2', async ({ cluster, control: under }) => {
      await cluster.server('db3').query('stop slave');
      const operation = await under.switchover('db2');
      expect(operation.plan?.warnings.join(' ')).toContain('db3 is in downtime');
      expectSucceeded(operation);
      expect((await look(cluster.server('db3'))).channels[0]?.source).toEqual(cluster.server('db2').address);
    });
  });

  it('that is broken does not stop it either, and is shown with the words of the server', async () => {
    await onStage({ engine: 'mariadb', replicas: 2, control }, 'db2', async ({ cluster, control: under }) => {
      const clash = "insert into app.writes (seq, id, at) values (1000000, 'clash', now(6))";
      const db3 = cluster.server('db3');
      await db3.query(`set sql_log_bin=0; ${clash}; set sql_log_bin=1`);
      await cluster.primary.query(clash);
      await until('it to break', SOON, async () => (await look(db3)).channels[0]?.applier === 'stopped');
      const operation = await under.switchover('db2');
      expect(operation.status).toBe('succeeded');
      // Whether the step that tries it sees the error again depends on how soon the applier meets it.
      const finding = await until('the finding', SOON, async () =>
        under.controller.findings('orders').find(({ code }) => code === 'replica-broken'),
      );
      expect(finding).toMatchObject({ serverName: 'db3', downtimed: true });
      expect(finding.summary).toMatch(/1062/);
      await db3.query(
        'stop slave; set sql_log_bin=0; delete from app.writes where seq=1000000; set sql_log_bin=1; start slave',
      );
      const { host, port } = cluster.server('db2').address;
      await db3.query(`stop slave; change master to master_host='${host}', master_port=${port}; start slave`);
    });
  });
});
