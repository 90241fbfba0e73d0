import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Observation, SqlEngineKind } from '../../../src/core/observation.ts';
import { dauphin } from '../../kit/accounts.ts';
import { call } from '../../kit/call.ts';
import { until } from '../../kit/deadline.ts';
import { insert, LinkScene } from './scene.ts';

/** Not oftener: InnoDB does not refresh its list of transactions while it is read more than every 100 ms. */
const SOON = { deadlineMs: 10_000, everyMs: 150 };

/** In each engine's words. */
const words = {
  mariadb: {
    serverArgs: [],
    readOnly: 'read-only',
    stop: 'stop slave',
    start: 'start slave',
    ignoreJunk: "set global replicate_ignore_db='junk'",
    ignoreNothing: "set global replicate_ignore_db=''",
    change: 'change master to master',
    semiSync: ['rpl_semi_sync_master', 'rpl_semi_sync_slave'],
    flush: 'flush binary logs',
  },
  mysql: {
    serverArgs: ['--plugin-load-add=semisync_source.so;semisync_replica.so'],
    readOnly: 'super-read-only',
    stop: 'stop replica',
    start: 'start replica',
    ignoreJunk: 'change replication filter replicate_ignore_db=(junk)',
    ignoreNothing: 'change replication filter replicate_ignore_db=()',
    change: 'change replication source to source',
    semiSync: ['rpl_semi_sync_source', 'rpl_semi_sync_replica'],
    flush: 'flush binary logs',
  },
} as const satisfies Record<SqlEngineKind, object>;

export function probeCases(engine: SqlEngineKind): void {
  const say = words[engine];
  let scene: LinkScene;

  beforeAll(async () => {
    scene = await LinkScene.start(engine, { replicas: 2, serverArgs: say.serverArgs });
  });
  afterEach(() => scene.clear());
  afterAll(() => scene[Symbol.asyncDispose]());

  const look = (name: string): Promise<Observation> => scene.link(name).probe(call());
  /** Looks until it is so. */
  const lookUntil = (name: string, what: string, isSo: (seen: Observation) => boolean) =>
    until(what, SOON, async () => {
      const seen = await look(name);
      return isSo(seen) && seen;
    });

  it('tells who the server is and how long it has run', async () => {
    const db1 = scene.server('db1');
    const before = Date.now();
    const seen = await look('db1');
    const [major, minor, patch] = db1.version.split('.').map(Number);
    expect(seen).toMatchObject({
      engine,
      address: db1.address,
      announced: db1.address,
      number: 1,
      version: { major, minor, patch },
      gtidEnabled: true,
      longTransactions: [],
    });
    expect(seen.server).toMatch(new RegExp(`^${engine}-[0-9a-f-]{16,}$`));
    expect(seen.resolved).toBeUndefined();
    expect(seen.observedAt).toBeGreaterThanOrEqual(before);
    expect(seen.observedAt).toBeLessThanOrEqual(Date.now());
    expect(seen.tookMs).toBeGreaterThan(0);
    const [row] = await db1.query("show global status like 'Uptime'");
    expect(Math.abs(seen.uptimeSeconds - Number(row?.Value))).toBeLessThanOrEqual(2);
    // MariaDB has none.
    const [own] = engine === 'mysql' ? await db1.query('select @@server_uuid as uuid') : [];
    expect(seen.uuid).toBe(own?.uuid);
  });

  it('gives every server an identity of its own, the same at every look and after a restart', async () => {
    const ids = await Promise.all(['db1', 'db2', 'db3'].map(async (name) => (await look(name)).server));
    expect(new Set(ids).size).toBe(3);
    await scene.server('db3').restart();
    expect((await look('db3')).server).toBe(ids[2]);
  });

  it('tells the write mode as sessions meet it', async () => {
    expect((await look('db1')).writeMode).toBe('writable');
    expect((await look('db2')).writeMode).toBe(say.readOnly);
    const db1 = scene.server('db1');
    await db1.query('set global read_only=1');
    expect((await look('db1')).writeMode).toBe('read-only');
    await db1.query('set global read_only=0');
    expect((await look('db1')).writeMode).toBe('writable');
  });

  it('tells the log, and positions that advance with every write', async () => {
    const { positions } = scene.engine;
    const before = await look('db1');
    expect(before.log).toMatchObject({ enabled: true, format: 'ROW', logsReplicated: true, filters: [] });
    expect(before.log.file).toMatch(/^bin\.\d{6}$/);
    await scene.server('db1').query(insert('advance'));
    const after = await look('db1');
    expect(positions.parse(after.executed)).toBe(after.executed);
    expect(positions.compare(before.executed, after.executed)).toBe('behind');
    expect(positions.missing(after.executed, before.executed).count).toBe(1);
    expect(positions.missing(after.origins, before.origins).count).toBe(1);
    expect(after.log.offset).toBeGreaterThan(before.log.offset ?? Number.POSITIVE_INFINITY);
    await scene.server('db1').query(say.flush);
    const turned = await look('db1');
    expect(turned.log.file).not.toBe(after.log.file);
    expect(turned.executed).toBe(after.executed);
    await lookUntil(
      'db2',
      'the replica to have it',
      (seen) => positions.compare(seen.executed, after.executed) === 'equal',
    );
  });

  const purgeTold = engine === 'mariadb' ? ' (skipped: MariaDB does not tell)' : '';
  it.skipIf(purgeTold !== '')(`tells what its logs no longer hold${purgeTold}`, async () => {
    const db1 = scene.server('db1');
    await db1.query(`${insert('purged')}; ${say.flush}`);
    await scene.cluster.caughtUp();
    const [log] = await db1.query('show binary log status');
    await db1.query(`purge binary logs to '${log?.File}'`);
    const seen = await look('db1');
    expect(seen.purged).not.toBe('');
    expect(scene.engine.positions.compare(seen.purged ?? seen.executed, seen.executed)).toBe('equal');
  });

  it('tells whom it follows, how, and that it keeps pace', async () => {
    const db1 = scene.server('db1');
    const primary = await look('db1');
    expect(primary.channels).toEqual([]);
    const seen = await lookUntil('db2', 'no lag', ({ channels }) => channels[0]?.lagSeconds === 0);
    expect(seen.channels).toEqual([
      expect.objectContaining({
        name: '',
        source: db1.address,
        sourceNumber: 1,
        receiver: 'running',
        applier: 'running',
        lagSeconds: 0,
        delaySeconds: 0,
        usesGtid: true,
        user: 'repl',
        heartbeatSeconds: 1,
        connectRetrySeconds: 1,
        filters: [],
        // MySQL's own default, since 8.4: encrypted, and whoever is at the other end is not checked.
        tls: { enabled: engine === 'mysql', verifyServer: false },
      }),
    ]);
    const [channel] = seen.channels;
    expect(channel?.receiverError).toBeUndefined();
    expect(channel?.applierError).toBeUndefined();
    expect(channel?.sourceUuid).toBe(primary.uuid);
  });

  it('tells that replication is stopped, filtered, delayed, or goes by TLS', async () => {
    const db2 = scene.server('db2');
    const ssl = `${say.change.split(' ').at(-1)}_ssl`;
    await db2.query(`${say.stop}; ${say.ignoreJunk}; ${say.change}_delay=7, ${ssl}=1`);
    const [stopped] = (await look('db2')).channels;
    expect(stopped).toMatchObject({
      receiver: 'stopped',
      applier: 'stopped',
      lagSeconds: null,
      delaySeconds: 7,
    });
    expect(stopped?.filters).toEqual(['Replicate_Ignore_DB: junk']);
    expect(stopped?.tls.enabled).toBe(true);
    await db2.query(`${say.ignoreNothing}; ${say.change}_delay=0, ${ssl}=0; ${say.start}`);
    const healed = await lookUntil(
      'db2',
      'it to replicate',
      ({ channels }) => channels[0]?.receiver === 'running',
    );
    expect(healed.channels[0]).toMatchObject({ delaySeconds: 0, filters: [], applier: 'running' });
    expect(healed.channels[0]?.tls.enabled).toBe(false);
  });

  it('tells the error that broke replication', async () => {
    const clash = "insert into app.writes (seq, id, at) values (1000000, 'clash', now(6))";
    const db2 = scene.server('db2');
    await db2.query(
      `set sql_log_bin=0; ${engine === 'mysql' ? 'set global super_read_only=0;' : ''} ${clash}; set sql_log_bin=1`,
    );
    await scene.server('db1').query(clash);
    const seen = await lookUntil(
      'db2',
      'the applier to stop',
      ({ channels }) => channels[0]?.applier === 'stopped',
    );
    expect(seen.channels[0]?.applierError?.code).toBe(1062);
    expect(seen.channels[0]?.applierError?.message).toContain(
      // With several appliers MySQL only says where to look.
      engine === 'mysql' ? 'failed executing transaction' : 'Duplicate entry',
    );
    expect(seen.channels[0]?.receiver).toBe('running');
    await db2.query(
      `set sql_log_bin=0; delete from app.writes where seq=1000000; set sql_log_bin=1; ${say.start}${engine === 'mysql' ? '; set global super_read_only=1' : ''}`,
    );
    await lookUntil('db2', 'it to replicate', ({ channels }) => channels[0]?.applier === 'running');
  });

  it('tells where its replicas are, by the host they report', async () => {
    const addresses = ['db2', 'db3'].map((name) => scene.server(name).address);
    const seen = await lookUntil('db1', 'both replicas', ({ downstream }) => downstream.length === 2);
    expect([...seen.downstream].sort((a, b) => a.port - b.port)).toEqual(
      addresses.sort((a, b) => a.port - b.port),
    );
    expect((await look('db2')).downstream).toEqual([]);
  });

  it('tells semi-synchronous replication, on both sides', async () => {
    const [source, replica] = say.semiSync;
    expect((await look('db1')).semiSync).toMatchObject({
      sourceEnabled: false,
      sourceActive: false,
      connectedReplicas: 0,
    });
    await scene.server('db2').query(`set global ${replica}_enabled=1; ${say.stop}; ${say.start}`);
    await scene.server('db1').query(`set global ${source}_timeout=4321; set global ${source}_enabled=1`);
    const seen = await lookUntil(
      'db1',
      'an active source',
      ({ semiSync }) => semiSync.sourceActive && semiSync.connectedReplicas === 1,
    );
    expect(seen.semiSync).toEqual({
      sourceEnabled: true,
      sourceActive: true,
      replicaEnabled: false,
      replicaActive: false,
      connectedReplicas: 1,
      requiredAcks: 1,
      timeoutMs: 4321,
      waitsWithoutReplicas: true,
      unacknowledged: seen.semiSync.unacknowledged,
    });
    const follower = await lookUntil('db2', 'an active replica', ({ semiSync }) => semiSync.replicaActive);
    expect(follower.semiSync).toMatchObject({
      replicaEnabled: true,
      sourceEnabled: false,
      sourceActive: false,
    });
    const alone = scene.engine.kind === 'mariadb' ? 'wait_no_slave' : 'wait_no_replica';
    await scene.server('db1').query(`set global ${source}_timeout=100; set global ${source}_${alone}=0`);
    await scene.server('db2').query(say.stop);
    await scene.server('db1').query(insert('acknowledged by nobody'));
    const { semiSync } = await look('db1');
    expect(semiSync.waitsWithoutReplicas).toBe(false);
    expect(semiSync.unacknowledged).toBeGreaterThan(seen.semiSync.unacknowledged);
    await scene.server('db1').query(`set global ${source}_${alone}=1`);
    await scene.server('db2').query(say.start);
    await scene.server('db1').query(`set global ${source}_enabled=0`);
    await scene.server('db2').query(`set global ${replica}_enabled=0; ${say.stop}; ${say.start}`);
  });

  it.each([
    [1, 1, true],
    [0, 1, false],
    [1, 2, false],
    [1000, 1, false],
  ])(
    'tells whether commits outlive the host: sync_binlog=%i, innodb_flush_log_at_trx_commit=%i',
    async (log, data, durable) => {
      const settings = `set global sync_binlog=${log}; set global innodb_flush_log_at_trx_commit=${data}`;
      await scene.server('db1').query(settings);
      const text = `sync_binlog=${log}, innodb_flush_log_at_trx_commit=${data}`;
      expect((await look('db1')).commits).toEqual({ durable, text });
    },
  );

  it('tells long transactions, oldest first, and only those', async () => {
    const link = scene.link('db1', { longTransactionSeconds: 1 });
    const open = async (id: string) => {
      const client = await scene.client('db1');
      await client.query(`begin; ${insert(id)}`);
      const [row] = await client.query('select connection_id() as id');
      return { client, id: Number(row?.id) };
    };
    const first = await open('long-1');
    const seen = await until('it to be long', SOON, async () => {
      const { longTransactions } = await link.probe(call());
      return longTransactions.length > 0 && longTransactions;
    });
    expect(seen).toMatchObject([{ sessionId: first.id, user: 'app' }]);
    expect(seen[0]?.seconds).toBeGreaterThanOrEqual(1);
    const second = await open('long-2');
    const both = await until('both to be long', SOON, async () => {
      const { longTransactions } = await link.probe(call());
      return longTransactions.length === 2 && longTransactions;
    });
    expect(both.map(({ sessionId }) => sessionId)).toEqual([first.id, second.id]);
    await first.client.query('rollback');
    await second.client.query('rollback');
    await until('none', SOON, async () => (await link.probe(call())).longTransactions.length === 0);
  });

  it('tells settings as they are now, not as they were when it connected', async () => {
    const link = scene.link('db3');
    expect(await link.probe(call())).toMatchObject({ number: 3, log: { format: 'ROW' } });
    const set = (id: number, format: string) =>
      scene
        .server('db3')
        .query(`${say.stop}; set global server_id=${id}, global binlog_format='${format}'; ${say.start}`);
    await set(33, 'MIXED');
    expect(await link.probe(call())).toMatchObject({ number: 33, log: { format: 'MIXED' } });
    await set(3, 'ROW');
  });

  it('holds one connection for all its looks', async () => {
    const link = scene.link('db3');
    const client = await scene.client('db3', dauphin);
    const sessions = async (): Promise<readonly (string | null | undefined)[]> => {
      const rows = await client.query(
        "select id from information_schema.processlist where user='dauphin' and id <> connection_id() order by id",
      );
      return rows.map((row) => row.id ?? row.ID);
    };
    // Those of earlier tests may still be ending.
    const before = await sessions();
    const fresh = async () => (await sessions()).filter((id) => !before.includes(id));
    await link.probe(call());
    const once = await fresh();
    expect(once).toHaveLength(1);
    for (let n = 0; n < 10; n += 1) await link.probe(call());
    expect(await fresh()).toEqual(once);
    await link.close();
    await until('its connection to end', SOON, async () => (await fresh()).length === 0);
  });

  describe('what is not there', () => {
    it('is told by name: a server without a log has no GTIDs', async () => {
      const db3 = scene.server('db3');
      await db3.restart(
        engine === 'mysql'
          ? ['--skip-log-bin', '--skip-replica-start']
          : ['--skip-log-bin', '--skip-slave-start'],
      );
      const seen = await look('db3');
      expect(seen.log.enabled).toBe(false);
      expect(seen.log.file).toBeUndefined();
      // MySQL has GTIDs without a log; a server that does not log is told by `log` alone.
      expect(seen.gtidEnabled).toBe(engine === 'mysql');
      expect(seen.channels).toHaveLength(1);
    });
  });
}
