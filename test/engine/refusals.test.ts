/** Requests that must be refused, each with the fact that is missing, staged on real servers. */
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { HaproxySettings, PromotionRule } from '../../src/core/policy.ts';
import type { RefusalCode } from '../../src/core/switchover-request.ts';
import { haproxyRoute } from '../../src/routes/haproxy/index.ts';
import { dauphin } from '../kit/accounts.ts';
import { expectFollows, expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, startControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';
import { follow } from '../kit/replication.ts';

let cluster: Cluster;
let db1: DatabaseServer;
let db2: DatabaseServer;
let db3: DatabaseServer;

beforeAll(async () => {
  cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
  [db1, db2, db3] = cluster.servers as [DatabaseServer, DatabaseServer, DatabaseServer];
});
afterAll(() => cluster[Symbol.asyncDispose]());

interface Refused {
  readonly title: string;
  readonly to?: string;
  readonly codes: readonly RefusalCode[];
  readonly options?: ControlOptions;
  readonly stage: () => Promise<unknown>;
  readonly heal: () => Promise<unknown>;
}

const nothing = async (): Promise<void> => undefined;
const rule = (name: string, promotionRule: PromotionRule): ControlOptions => ({
  settings: { [name]: { promotionRule } },
});
const under = (source: DatabaseServer): string =>
  `stop slave; change master to master_host='${source.address.host}', master_port=${source.address.port}; start slave`;

/** Holds replication up without stopping it: the applier waits for its table lock. */
let locker: Connection | undefined;

/** START only asks for it; a receiver that still connects is a reason to refuse of its own. */
async function replicates(replica: DatabaseServer): Promise<void> {
  const end = performance.now() + 5000;
  for (;;) {
    const [status] = await replica.query('show slave status');
    if (status?.Slave_IO_Running === 'Yes') return;
    if (performance.now() > end) throw new Error(`${replica.name} does not replicate again within 5 s`);
    await systemClock.sleep(10);
  }
}

/** Changes replication on db2 and waits until it runs again. */
async function restarted(sql: string): Promise<void> {
  await db2.query(sql);
  await replicates(db2);
}

const clash = "insert into app.writes (seq, id, at) values (1000000, 'clash', now(6))";

const cases: readonly Refused[] = [
  {
    title: 'the primary itself',
    to: 'db1',
    codes: ['already-primary'],
    stage: nothing,
    heal: nothing,
  },
  {
    title: 'a candidate that is stopped',
    to: 'db2',
    codes: ['candidate-stopped'],
    stage: () => db2.query('stop slave'),
    heal: () => db2.query('start slave'),
  },
  {
    title: 'a candidate whose replication is broken',
    to: 'db2',
    codes: ['candidate-broken', 'candidate-stopped'],
    stage: async () => {
      await db2.query(`set sql_log_bin=0; ${clash}; set sql_log_bin=1`);
      await db1.query(clash);
      await until('its applier to fail', SOON, async () => {
        const [status] = await db2.query('show slave status');
        return status?.Slave_SQL_Running === 'No';
      });
    },
    heal: () =>
      db2.query(
        'set sql_log_bin=0; delete from app.writes where seq = 1000000; set sql_log_bin=1; start slave',
      ),
  },
  {
    title: 'a candidate that lags',
    to: 'db2',
    codes: ['candidate-lagging'],
    options: { policy: { switchover: { maxLagMs: 1000 } } },
    stage: async () => {
      locker = await createConnection({ host: db2.address.host, port: db2.address.port, ...dauphin });
      await locker.query('lock tables app.writes write');
      await db1.query("insert into app.writes (id, at) values ('lag-1', now(6))");
      await systemClock.sleep(3500);
    },
    heal: async () => locker?.destroy(),
  },
  {
    title: 'a candidate that is delayed on purpose',
    to: 'db2',
    codes: ['candidate-delayed'],
    stage: () => restarted('stop slave; change master to master_delay=3; start slave'),
    heal: () => db2.query('stop slave; change master to master_delay=0; start slave'),
  },
  {
    title: 'a candidate that filters',
    to: 'db2',
    codes: ['candidate-filtered'],
    stage: () => restarted("stop slave; set global replicate_ignore_db='junk'; start slave"),
    heal: () => db2.query("stop slave; set global replicate_ignore_db=''; start slave"),
  },
  {
    title: 'a candidate that has no GTIDs',
    to: 'db2',
    codes: ['candidate-gtid-off', 'candidate-not-logging'],
    stage: async () => {
      await db2.query('stop slave; change master to master_use_gtid=no');
      await db2.restart(['--skip-log-bin', '--read-only=1']);
      await replicates(db2);
    },
    heal: async () => {
      await db2.query('stop slave; change master to master_use_gtid=slave_pos');
      await db2.restart(['--read-only=1']);
    },
  },
  {
    title: 'a candidate that is writable',
    to: 'db2',
    codes: ['candidate-writable'],
    stage: () => db2.query('set global read_only=0'),
    heal: () => db2.query('set global read_only=1'),
  },
  {
    title: 'a candidate that is banned, even when it is named',
    to: 'db2',
    codes: ['candidate-banned'],
    options: rule('db2', 'must_not'),
    stage: nothing,
    heal: nothing,
  },
  {
    title: 'a candidate in downtime',
    to: 'db2',
    codes: ['candidate-downtimed'],
    options: {
      settings: { db2: { downtime: { until: Date.now() + 3_600_000, owner: 'ann', reason: 'disk swap' } } },
    },
    stage: nothing,
    heal: nothing,
  },
  {
    title: 'a replica of a replica',
    to: 'db3',
    codes: ['not-direct'],
    stage: () => db3.query(under(db2)),
    heal: () => db3.query(under(db1)),
  },
  {
    title: 'two servers that replicate from nobody',
    codes: ['several-primaries'],
    stage: () => db3.query('stop slave; reset slave all; set global read_only=0'),
    heal: async () => {
      await db3.query('set global read_only=1');
      await follow(db3, db1);
    },
  },
  {
    title: 'a primary that does not answer',
    codes: ['primary-unreachable'],
    stage: async () => db1.pause(),
    heal: async () => db1.resume(),
  },
  {
    title: 'a primary that is read-only already',
    codes: ['primary-read-only'],
    stage: () => db1.query('set global read_only=1'),
    heal: () => db1.query('set global read_only=0'),
  },
  {
    title: 'a sibling that could not be moved',
    to: 'db2',
    codes: ['sibling-broken'],
    stage: () => db3.query('stop slave'),
    heal: () => db3.query('start slave'),
  },
  {
    title: 'all replicas banned',
    codes: ['no-candidate', 'candidate-banned', 'candidate-banned'],
    options: { settings: { db2: { promotionRule: 'must_not' }, db3: { promotionRule: 'must_not' } } },
    stage: nothing,
    heal: nothing,
  },
  {
    title: 'a route that does not answer',
    codes: ['route-unreachable'],
    options: {
      policy: {
        routes: [{ name: 'rw', kind: 'haproxy', socket: '/nowhere.sock', backend: 'b', server: 's' }],
      },
      parts: { routes: (settings) => haproxyRoute(settings as HaproxySettings, systemClock) },
    },
    stage: nothing,
    heal: nothing,
  },
];

describe('refused', () => {
  it.each(cases)('$title', async ({ to, codes, options, stage, heal }) => {
    await using control = await startControl(cluster, options ?? {});
    try {
      await stage();
      const operation = await control.switchover(to);
      expect(operation.status).toBe('refused');
      expect(
        operation.refusals?.map(({ code }) => code),
        JSON.stringify(operation.refusals),
      ).toEqual(codes);
      for (const refusal of operation.refusals ?? []) expect(refusal.needs).not.toBe('');
      expect(await control.controller.journal(operation.id)).toEqual([]);
    } finally {
      await heal();
      await Promise.all([replicates(db2), replicates(db3)]);
    }
    await expectOnePrimary(cluster, 'db1');
    await expectFollows(db2, db1);
    await expectFollows(db3, db1);
  });

  it('an errant candidate, whose transactions are named', async () => {
    await using control = await startControl(cluster);
    await db2.query('set global read_only=0; create database stray; set global read_only=1');
    const operation = await control.switchover('db2');
    expect(operation.refusals?.map(({ code }) => code)).toEqual(['candidate-errant']);
    expect(operation.refusals?.[0]?.fact).toMatch(/0-2-\d+/);
    const other = await control.switchover('db3');
    expect(
      other.refusals?.map(({ code }) => code),
      'it could not follow its sibling',
    ).toEqual(['sibling-errant']);
  });
});

describe('unknown names', () => {
  it('an unknown cluster or server says which there are', async () => {
    await using control = await startControl(cluster);
    const ask = (asked: { cluster: string; to?: string }) =>
      control.controller.switchover({ ...asked, requestedBy: 'test' });
    await expect(ask({ cluster: 'order' })).rejects.toThrow(/no cluster "order"; clusters: orders/);
    await expect(ask({ cluster: 'orders', to: 'db9' })).rejects.toThrow(/no server "db9"; servers: .*db1/);
  });
});
