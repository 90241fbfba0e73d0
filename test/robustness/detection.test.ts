/** What the detector makes of dead, hung and unreachable primaries, on real servers. */
import { describe, expect, it } from 'vitest';
import type { Death } from '../../src/control/detection/death-watch.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { WatchedCluster } from '../../src/control/watched-cluster.ts';
import type { Judgement } from '../../src/core/detection/testimony.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { PolicyTraits } from '../../src/core/testing/test-policy.ts';
import { engines } from '../../src/engines/registry.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, controllerParts } from '../kit/control.ts';
import { until } from '../kit/deadline.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { startRelay } from '../kit/relay.ts';
import { startReplicating, stopReplicating } from '../kit/replication.ts';

const unavailable = mysqlUnavailable();
const kinds: readonly SqlEngineKind[] = unavailable === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

/** A cluster under watch, with nobody who acts on what is found. */
class Watch implements AsyncDisposable {
  readonly watched: WatchedCluster;
  readonly deaths: Death[] = [];

  constructor(watched: WatchedCluster) {
    this.watched = watched;
    watched.detector.onDeath = (death) => this.deaths.push(death);
  }

  static async start(cluster: Cluster, options: ControlOptions = {}): Promise<Watch> {
    const { clusters, timing, routes, agents } = controllerParts(cluster, options);
    const [setup] = clusters;
    if (!setup) throw new RangeError('one cluster');
    const engine = engines[cluster.engine];
    const watched = new WatchedCluster({ setup, engine, clock: systemClock, timing, routes, agents });
    watched.servers.start([]);
    await until('every server is seen', { deadlineMs: 15_000 }, async () => {
      const { nodes } = watched.topology();
      return (
        nodes.length === cluster.servers.length &&
        nodes.every(
          ({ reachable, channel, role }) =>
            reachable && (role === 'primary' || channel?.receiver === 'running'),
        )
      );
    });
    watched.detector.start();
    return new Watch(watched);
  }

  death(deadlineMs = 10_000): Promise<Death> {
    return until('the primary is held for dead', { deadlineMs, everyMs: 2 }, async () => this.deaths[0]);
  }

  judge(): Promise<Judgement> {
    const primary = this.watched.lastPrimary();
    if (!primary) throw new Error('no primary');
    return this.watched.judge(primary.id, AbortSignal.timeout(10_000));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watched.close();
  }
}

const semiSync: Readonly<Record<SqlEngineKind, readonly string[]>> = {
  mariadb: ['--rpl-semi-sync-master-enabled=1', '--rpl-semi-sync-slave-enabled=1'],
  mysql: [],
};

/** All that db1 has is at db3, applied or not. */
async function receivedAll(cluster: Cluster): Promise<boolean> {
  const gtids = { mariadb: '@@gtid_binlog_pos', mysql: '@@gtid_executed' }[cluster.engine];
  const status = { mariadb: 'show slave status', mysql: 'show replica status' }[cluster.engine];
  const [has] = await cluster.server('db1').query(`select ${gtids} as has`);
  const [got] = await cluster.server('db3').query(status);
  return has?.has === (got?.Gtid_IO_Pos ?? got?.Retrieved_Gtid_Set);
}

const says = ({ testimonies }: Judgement): readonly string[] =>
  testimonies.map(({ kind, says: word }) => `${kind} ${word}`).sort();

async function scene(
  engine: SqlEngineKind,
  play: (cluster: Cluster, watch: Watch) => Promise<void>,
  { policy = {}, serverArgs }: { policy?: PolicyTraits; serverArgs?: readonly string[] } = {},
): Promise<void> {
  await using cluster = await startCluster({ engine, replicas: 2, ...(serverArgs ? { serverArgs } : {}) });
  await using watch = await Watch.start(cluster, { policy });
  await play(cluster, watch);
}

describe.each(kinds)('%s', (engine) => {
  it('a killed primary is dead within a moment, by the word of its replicas', async () => {
    await scene(engine, async (cluster, watch) => {
      const killedAt = Date.now();
      await cluster.server('db1').kill();
      const { judgement, name } = await watch.death();
      expect(name).toBe('db1');
      expect(judgement.judgedAt - killedAt).toBeLessThan(3000);
      // A receiver whose connection broke reads as silent until its first try to connect is refused.
      expect(says(judgement)).toContainEqual(expect.stringMatching(/^replica (gone|silent)$/));
      expect(says(judgement)).not.toContain('controller serves');
      expect((await watch.judge()).verdict).toBe('dead');
    });
  });

  it.each([
    ['', []],
    [' with semi-synchronous replicas', semiSync[engine]],
  ])(
    'a hung primary%s is dead, and an inquest that follows need not wait for every silence again',
    async (_how, serverArgs) => {
      const play = async (cluster: Cluster, watch: Watch): Promise<void> => {
        await cluster.server('db1').pause();
        const { judgement } = await watch.death();
        expect(says(judgement)).toContain('controller silent');
        const second = await watch.judge();
        expect(second.verdict).toBe('dead');
        cluster.server('db1').resume();
        await until(
          'it is alive again',
          { deadlineMs: 15_000 },
          async () => (await watch.judge()).verdict === 'alive',
        );
        await cluster.caughtUp();
      };
      await scene(engine, play, { serverArgs });
    },
  );

  it('one that only the controller cannot reach is alive', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    await using relay = await startRelay(cluster.primary.address);
    const settings = { db1: { address: relay.address } };
    await using watch = await Watch.start(cluster, { settings, policy: { seeds: [relay.address] } });
    for (const kind of ['refused', 'silent'] as const) {
      await relay.cut(kind);
      const judgement = await until('somebody sees it', { deadlineMs: 10_000 }, async () => {
        const each = await watch.judge();
        return each.verdict === 'alive' && each.rule !== 'answers-here' ? each : undefined;
      });
      expect(judgement.rule).toBe('feeds-a-replica');
      await systemClock.sleep(3000);
      await relay.mend();
      await until(
        'it answers again',
        { deadlineMs: 10_000 },
        async () => (await watch.judge()).rule === 'answers-here',
      );
    }
    expect(watch.deaths).toEqual([]);
    await cluster.caughtUp();
  });

  it('one replica that has lost it, on the controller’s side of a cut, does not make it dead', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    await using relay = await startRelay(cluster.primary.address);
    const settings = { db1: { address: relay.address } };
    await using watch = await Watch.start(cluster, { settings, policy: { seeds: [relay.address] } });
    await stopReplicating(cluster.server('db2'));
    await cluster
      .server('db2')
      .query(
        engine === 'mariadb'
          ? `change master to master_host='${relay.address.host}', master_port=${relay.address.port}`
          : `change replication source to source_host='${relay.address.host}', source_port=${relay.address.port}`,
      );
    await startReplicating(cluster.server('db2'));
    await cluster.caughtUp();
    await until('both replicas are seen to receive', { deadlineMs: 10_000 }, async () => {
      const { nodes } = watch.watched.topology();
      return nodes.filter(({ channel }) => channel?.receiver === 'running').length === 2;
    });
    for (const kind of ['refused', 'silent'] as const) {
      await relay.cut(kind);
      await systemClock.sleep(4000);
      await relay.mend();
      await until(
        'it answers again',
        { deadlineMs: 10_000 },
        async () => (await watch.judge()).rule === 'answers-here',
      );
      await cluster.caughtUp();
    }
    expect(watch.deaths).toEqual([]);
  });

  it('replication that was stopped by hand is no word against a primary', async () => {
    await scene(engine, async (cluster, watch) => {
      for (const name of ['db2', 'db3']) await stopReplicating(cluster.server(name));
      await cluster.server('db1').kill();
      const judgement = await until(
        'it is suspected',
        { deadlineMs: 10_000 },
        async () => watch.watched.detector.judgement,
      );
      expect(judgement.verdict).toBe('unsure');
      expect(watch.deaths).toEqual([]);
    });
  });

  it.each(['killed', 'hung'] as const)(
    'a replica that does not apply keeps what it has received, and holds up no word on one that is %s',
    async (how) => {
      await scene(engine, async (cluster, watch) => {
        const [db1, db3] = [cluster.server('db1'), cluster.server('db3')];
        const replica = engine === 'mariadb' ? 'slave' : 'replica';
        await db3.query(`stop ${replica} sql_thread`);
        await db1.query("insert into app.writes (id, at) values ('received', now(6))");
        await until('it to be received', { deadlineMs: 10_000 }, () => receivedAll(cluster));
        if (how === 'killed') await db1.kill();
        else await db1.pause();
        // A MariaDB receiver that may not be disturbed notices by itself: slave_net_timeout is 10 s here.
        await watch.death(30_000);
        // By then what receivers tried after the death proves nothing any more.
        await systemClock.sleep(3500);
        const { verdict, testimonies } = await watch.judge();
        expect(verdict, JSON.stringify(testimonies)).toBe('dead');
        await db3.query(`start ${replica} sql_thread`);
        await until('it to be applied', { deadlineMs: 10_000 }, async () => {
          const [row] = await db3.query("select count(*) as n from app.writes where id = 'received'");
          return Number(row?.n) === 1;
        });
      });
    },
  );

  it('one that is back within the grace period is not dead', async () => {
    await scene(
      engine,
      async (cluster, watch) => {
        await cluster.server('db1').restart();
        await until(
          'it answers',
          { deadlineMs: 20_000 },
          async () => (await watch.judge()).rule === 'answers-here',
        );
        await until(
          'nothing is suspected',
          { deadlineMs: 20_000 },
          async () => watch.watched.detector.judgement === undefined,
        );
        expect(watch.deaths).toEqual([]);
      },
      { policy: { failover: { graceMs: 30_000 } } },
    );
  });
});
