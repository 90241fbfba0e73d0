/** From one address to the whole cluster, on real servers: what is found, how soon, and what is said to be wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Controller } from '../../src/control/controller.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { type Address, formatAddress } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Node } from '../../src/core/topology.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { type Cluster, type ClusterShape, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, controllerParts, startControl, type TestControl } from '../kit/control.ts';
import { until } from '../kit/deadline.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { follow } from '../kit/replication.ts';

const FOUND_MS = 5000;
/** Between two looks at what the controller knows; it costs the servers nothing. */
const everyMs = 50;

/** Knows nothing of the cluster but these addresses. */
function startFrom(
  cluster: Cluster,
  seeds: readonly Address[],
  options: ControlOptions = {},
): Promise<TestControl> {
  return startControl(cluster, { ...options, policy: { servers: [], seeds, ...options.policy } });
}

const nodesOf = (controller: Controller): readonly Node[] => controller.topology('orders').nodes;

/** Until every server has been looked at, by a look that began since then. */
async function lookedAtSince(controller: Controller, since: number): Promise<void> {
  await until('every server to be looked at again', { deadlineMs: 10_000, everyMs }, async () =>
    nodesOf(controller).every(
      ({ reachable, seen }) => reachable && (seen?.observedAt ?? 0) - (seen?.tookMs ?? 0) >= since,
    ),
  );
}

/** The tree, each server as `db2<db1 replica`. */
function shapeOf(cluster: Cluster, controller: Controller): readonly string[] {
  const nodes = nodesOf(controller);
  const nameOf = (node: Node | undefined): string => {
    const server = cluster.servers.find(({ address }) =>
      node?.aliases.some((alias) => formatAddress(alias) === formatAddress(address)),
    );
    return server?.name ?? '?';
  };
  return nodes
    .filter((node) => node.reachable)
    .map(
      (node) =>
        `${nameOf(node)}<${node.source === undefined ? '' : nameOf(nodes.find(({ id }) => id === node.source))} ${node.role}`,
    )
    .sort();
}

async function expectShape(
  cluster: Cluster,
  controller: Controller,
  shape: readonly string[],
  withinMs = FOUND_MS,
): Promise<void> {
  await until('the cluster to be found', { deadlineMs: withinMs, everyMs }, async () => {
    const now = shapeOf(cluster, controller);
    return now.length === shape.length && now.every((line, index) => line === shape[index]);
  }).catch(() => undefined);
  expect(shapeOf(cluster, controller)).toEqual(shape);
}

const star = ['db1< primary', 'db2<db1 replica', 'db3<db1 replica', 'db4<db1 replica'];
const chain = ['db1< primary', 'db2<db1 replica', 'db3<db2 replica', 'db4<db3 replica'];
const pair = ['db1<db2 co-primary', 'db2<db1 co-primary', 'db3<db1 replica', 'db4<db1 replica'];

const noMysql = mysqlUnavailable();

describe('the whole cluster is found within five seconds', () => {
  const cases: readonly {
    engine: SqlEngineKind;
    shape: ClusterShape;
    seed: string;
    expected: readonly string[];
  }[] = [
    { engine: 'mariadb', shape: 'star', seed: 'db1', expected: star },
    { engine: 'mariadb', shape: 'star', seed: 'db3', expected: star },
    { engine: 'mariadb', shape: 'chain', seed: 'db1', expected: chain },
    { engine: 'mariadb', shape: 'chain', seed: 'db4', expected: chain },
    { engine: 'mariadb', shape: 'co-primary', seed: 'db2', expected: pair },
    { engine: 'mariadb', shape: 'co-primary', seed: 'db4', expected: pair },
    { engine: 'mysql', shape: 'star', seed: 'db1', expected: star },
    { engine: 'mysql', shape: 'star', seed: 'db4', expected: star },
  ];

  it.for(cases)('$engine: a $shape, seen from $seed', async ({ engine, shape, seed, expected }, context) => {
    if (engine === 'mysql' && noMysql !== undefined) return context.skip(noMysql);
    await using cluster = await startCluster({ engine, shape, replicas: 3 });
    const began = performance.now();
    await using control = await startFrom(cluster, [cluster.server(seed).address]);
    await expectShape(cluster, control.controller, expected, FOUND_MS - (performance.now() - began));
    expect(control.controller.findings('orders').filter(({ code }) => code === 'server-unreachable')).toEqual(
      [],
    );
  });
});

describe('a server under several addresses', () => {
  it('is one server, whichever way it is reached', async () => {
    await using cluster = await startCluster({
      engine: 'mariadb',
      replicas: 2,
      serverArgs: ['--bind-address=0.0.0.0'],
    });
    const { host, port } = cluster.primary.address;
    const aliases = [
      { host, port },
      { host: '127.0.0.99', port },
      { host: 'localhost', port },
    ];
    const db2 = cluster.server('db2');
    await db2.query(
      `stop slave; change master to master_host='127.0.0.98', master_port=${port}; start slave`,
    );
    await using control = await startFrom(cluster, aliases);
    const { controller } = control;
    await until(
      'the aliases to be one',
      { deadlineMs: FOUND_MS, everyMs },
      async () => nodesOf(controller).length === 3,
    );
    await expectShape(cluster, controller, ['db1< primary', 'db2<db1 replica', 'db3<db1 replica']);
    await sleep(2500);
    expect(nodesOf(controller)).toHaveLength(3);
    const [primary] = nodesOf(controller);
    const known = primary?.aliases.map(formatAddress) ?? [];
    expect(known).toEqual(expect.arrayContaining(aliases.map(formatAddress)));
    for (const alias of [...aliases, { host: '127.0.0.98', port }]) {
      expect(controller.server(formatAddress(alias), 'orders').id).toBe(primary?.id);
    }
    expect(controller.findings('orders')).toEqual([]);
  });
});

describe('a server that does not answer', () => {
  it('when it hangs, does not delay the looks at the others', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 3 });
    await using control = await startFrom(cluster, [cluster.primary.address]);
    await expectShape(cluster, control.controller, star);
    const hung = cluster.server('db2');
    await hung.pause();
    const looks = new Map<string, Set<number>>();
    const end = performance.now() + 6000;
    while (performance.now() < end) {
      for (const node of nodesOf(control.controller)) {
        const seen = looks.get(formatAddress(node.address)) ?? new Set();
        if (node.seen) looks.set(formatAddress(node.address), seen.add(node.seen.observedAt));
      }
      await sleep(100);
    }
    hung.resume();
    for (const { name, address } of cluster.servers) {
      const times = [...(looks.get(formatAddress(address)) ?? [])];
      if (name === 'db2') continue;
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
      expect(times.length, `${name} was looked at about every second`).toBeGreaterThanOrEqual(4);
      expect(Math.max(...gaps), `${name} was never left alone for long`).toBeLessThan(2500);
    }
    expect(looks.get(formatAddress(hung.address))?.size, 'the hung one was not seen').toBeLessThanOrEqual(2);
  });

  it('when it is killed, is shown as such within three seconds, and comes back', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    await using control = await startFrom(cluster, [cluster.primary.address]);
    const { controller } = control;
    const all = ['db1< primary', 'db2<db1 replica', 'db3<db1 replica'];
    await expectShape(cluster, controller, all);
    const db2 = cluster.server('db2');
    await db2.kill();
    const finding = await until('a finding', { deadlineMs: 3000, everyMs }, async () =>
      controller.findings('orders').find(({ code }) => code === 'server-unreachable'),
    );
    expect(finding.serverName).toBe(formatAddress(db2.address));
    const node = nodesOf(controller).find(({ address }) => address.host === db2.address.host);
    expect(node?.failure?.code).toMatch(/^(refused|reset)$/);
    expect(node?.seen, 'what was last seen of it is kept').toBeDefined();
    expect(
      controller.findings('orders').every(({ serverName }) => serverName === formatAddress(db2.address)),
    ).toBe(true);
    await db2.restart(['--read-only=1']);
    await expectShape(cluster, controller, all);
    await until(
      'no finding',
      { deadlineMs: FOUND_MS, everyMs },
      async () => controller.findings('orders').length === 0,
    );
  });

  it('when it is the only seed of a controller that starts again, does not hide the others', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    const store = createMemoryStore(systemClock);
    const seeds = [cluster.primary.address];
    {
      await using control = await startFrom(cluster, seeds, { store });
      await expectShape(cluster, control.controller, ['db1< primary', 'db2<db1 replica', 'db3<db1 replica']);
    }
    await cluster.primary.kill();
    const controller = new Controller(controllerParts(cluster, { store, policy: { servers: [], seeds } }));
    await using _closing = { [Symbol.asyncDispose]: () => controller.close() };
    await controller.start();
    const others = cluster.servers.slice(1).map(({ address }) => formatAddress(address));
    await until('the others to be seen', { deadlineMs: FOUND_MS, everyMs }, async () => {
      const seen = nodesOf(controller).filter(({ reachable }) => reachable);
      return others.every((address) => seen.some((node) => formatAddress(node.address) === address));
    });
    const dead = nodesOf(controller).find(
      ({ address }) => formatAddress(address) === formatAddress(cluster.primary.address),
    );
    expect(dead?.reachable, 'the seed is shown, and as what it is').toBe(false);
    expect(controller.findings('orders').some(({ serverName }) => serverName === dead?.name)).toBe(true);
  });
});

interface Staged {
  readonly code: string;
  /** Who it is about; nobody else may be mentioned. */
  readonly about: readonly string[];
  readonly stage: (cluster: Cluster) => Promise<unknown>;
  readonly heal: (cluster: Cluster) => Promise<unknown>;
}

const clash = "insert into app.writes (seq, id, at) values (1000000, 'clash', now(6))";

const say = {
  mariadb: {
    stop: 'stop slave',
    start: 'start slave',
    fileAndOffset: 'change master to master_use_gtid=no',
    gtid: 'change master to master_use_gtid=slave_pos',
    readOnly: 'set global read_only=1',
    ignore: "set global replicate_ignore_db='junk'",
    ignoreNothing: "set global replicate_ignore_db=''",
    forget: async (cluster: Cluster) => {
      const [row] = await cluster.primary.query('select @@gtid_binlog_pos as position');
      return `reset master; set global gtid_slave_pos='${row?.position}'`;
    },
  },
  mysql: {
    stop: 'stop replica',
    start: 'start replica',
    fileAndOffset: 'change replication source to source_auto_position=0',
    gtid: 'change replication source to source_auto_position=1',
    readOnly: 'set global super_read_only=1',
    ignore: 'change replication filter replicate_ignore_db=(junk)',
    ignoreNothing: 'change replication filter replicate_ignore_db=()',
    forget: async (cluster: Cluster) => {
      const [row] = await cluster.primary.query('select @@global.gtid_executed as position');
      return `reset binary logs and gtids; set global gtid_purged='${(row?.position ?? '').replaceAll('\n', '')}'`;
    },
  },
} as const;

function stagedOn(engine: SqlEngineKind): readonly Staged[] {
  const words = say[engine];
  const db2 = (sql: string) => (cluster: Cluster) => cluster.server('db2').query(sql);
  return [
    { code: 'replica-stopped', about: ['db2'], stage: db2(words.stop), heal: db2(words.start) },
    {
      code: 'replica-broken',
      about: ['db2'],
      stage: async (cluster) => {
        await db2(
          `set global read_only=0; set sql_log_bin=0; ${clash}; set sql_log_bin=1; ${words.readOnly}`,
        )(cluster);
        await cluster.primary.query(clash);
      },
      heal: db2(
        `set global read_only=0; set sql_log_bin=0; delete from app.writes where seq=1000000; set sql_log_bin=1; ${words.readOnly}; ${words.start}`,
      ),
    },
    {
      code: 'replica-writable',
      about: ['db2'],
      stage: db2('set global read_only=0'),
      heal: db2(words.readOnly),
    },
    {
      code: 'errant-transactions',
      about: ['db2'],
      stage: db2(`set global read_only=0; create database stray; ${words.readOnly}`),
      heal: async (cluster) => {
        await db2(
          `${words.stop}; set global read_only=0; set sql_log_bin=0; drop database stray; set sql_log_bin=1`,
        )(cluster);
        await db2(`${await words.forget(cluster)}; ${words.readOnly}; ${words.start}`)(cluster);
      },
    },
    {
      code: 'duplicate-server-id',
      about: ['db2', 'db3'],
      stage: db2('set global server_id=3'),
      heal: db2('set global server_id=2'),
    },
    {
      code: 'gtid-off',
      about: ['db2'],
      stage: db2(`${words.stop}; ${words.fileAndOffset}; ${words.start}`),
      heal: db2(`${words.stop}; ${words.gtid}; ${words.start}`),
    },
    {
      code: 'filters-differ',
      about: ['db2'],
      stage: db2(`${words.stop}; ${words.ignore}; ${words.start}`),
      heal: db2(`${words.stop}; ${words.ignoreNothing}; ${words.start}`),
    },
    {
      code: 'primary-read-only',
      about: ['db1'],
      stage: (cluster) => cluster.primary.query(words.readOnly),
      heal: (cluster) => cluster.primary.query('set global read_only=0'),
    },
    {
      code: 'several-writable',
      about: ['db1', 'db3'],
      stage: (cluster) =>
        cluster
          .server('db3')
          .query(
            `${words.stop}; reset ${engine === 'mariadb' ? 'slave' : 'replica'} all; set global read_only=0`,
          ),
      heal: async (cluster) => {
        await cluster.server('db3').query(words.readOnly);
        await follow(cluster.server('db3'), cluster.primary);
      },
    },
  ];
}

for (const engine of ['mariadb', 'mysql'] as const) {
  const why = engine === 'mysql' && noMysql !== undefined ? ` (skipped: ${noMysql})` : '';
  describe.skipIf(why !== '')(`what is wrong with a ${engine} cluster${why}`, () => {
    it('is said by its code while it lasts, and nothing of the healthy ones', async () => {
      await using cluster = await startCluster({ engine, replicas: 2 });
      await using control = await startControl(cluster);
      const { controller } = control;
      const findings = () =>
        controller.findings('orders').map(({ code, serverName }) => `${code} ${serverName ?? ''}`.trim());
      const quiet = () =>
        until('no finding', { deadlineMs: 15_000, everyMs }, async () => findings().length === 0);
      await quiet();
      for (const { code, about, stage, heal } of stagedOn(engine)) {
        await stage(cluster);
        await until(code, { deadlineMs: 10_000, everyMs }, async () =>
          controller.findings('orders').some((each) => each.code === code),
        );
        // The look that said so may have seen a stage half set; what lasts, another one says as well.
        await lookedAtSince(controller, systemClock.now());
        const now = controller.findings('orders');
        const others = now.filter(
          ({ serverName }) => serverName !== undefined && !about.includes(serverName),
        );
        expect(others, `healthy servers while ${code}`).toEqual([]);
        expect(new Set(now.map((each) => each.code)), `codes while ${code}`).toEqual(new Set([code]));
        await heal(cluster);
        await quiet().catch(() => undefined);
        expect(findings(), `after ${code} was healed`).toEqual([]);
      }
    }, 180_000);
  });
}
