/** Circumstances in which a switchover must still do the right thing, on real MariaDB servers under load. */
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/contract/errors.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Store } from '../../src/core/store.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { app, boss } from '../kit/accounts.ts';
import { expectFollows, expectNothingLost, expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, startControl, type TestControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, within } from '../kit/deadline.ts';
import { startWriter } from '../kit/writer.ts';

interface Stage {
  readonly cluster: Cluster;
  readonly control: TestControl;
  readonly db: (name: string) => DatabaseServer;
}

async function onStage(
  options: ControlOptions,
  primaryAfter: string,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
  await using control = await startControl(cluster, options);
  await using writer = await startWriter({ folder: cluster.folder, servers: cluster.servers, rate: 200 });
  await systemClock.sleep(200);
  const db = (name: string): DatabaseServer => {
    const found = cluster.servers.find((server) => server.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  await act({ cluster, control, db });
  const report = await writer.stop();
  const primary = await expectOnePrimary(cluster, primaryAfter);
  await expectNothingLost(report, primary);
  for (const server of cluster.servers) await expectFollows(server, primary);
}

const session = (server: DatabaseServer, account: { user: string; password: string }) =>
  createConnection({ host: server.address.host, port: server.address.port, ...account, database: 'app' });

describe('a transaction open for a minute on the primary', () => {
  const open = async (server: DatabaseServer) => {
    const client = await session(server, app);
    client.on('error', () => undefined);
    await client.query('begin');
    await client.query("insert into app.writes (id, at) values ('never-committed', now(6))");
    return client;
  };

  it('is ended after the grace period, and was never acknowledged', async () => {
    await onStage({ policy: { switchover: { graceMs: 1500 } } }, 'db2', async ({ control, db }) => {
      const client = await open(db('db1'));
      const operation = await control.switchover('db2');
      expect(operation.status).toBe('succeeded');
      await expect(client.query('commit')).rejects.toThrow(/closed|lost|read-only|killed/i);
      expect(await db('db2').query("select id from app.writes where id = 'never-committed'")).toEqual([]);
      expect(operation.outcome?.heldMs, 'the grace period is not at the cost of other writers').toBeLessThan(
        1500,
      );
    });
  });

  it('stops the switchover when the policy is to give up, before any writer was held', async () => {
    const policy = { switchover: { graceMs: 300, afterGrace: 'give-up' as const } };
    await onStage({ policy }, 'db1', async ({ control, db }) => {
      const client = await open(db('db1'));
      const operation = await control.switchover('db2');
      expect(operation.status).toBe('rolled-back');
      expect(operation.outcome?.cause?.code).toBe('transactions-running');
      const journal = await control.controller.journal(operation.id);
      expect(
        journal.some(({ what }) => what.event === 'step-started' && what.step.startsWith('freeze')),
      ).toBe(false);
      await client.query('rollback');
      client.destroy();
    });
  });
});

describe('sessions that read_only does not stop', () => {
  it('lose nothing that was acknowledged to them', async () => {
    await onStage({}, 'db2', async ({ control, db }) => {
      const acknowledged: string[] = [];
      const client = await session(db('db1'), boss);
      client.on('error', () => undefined);
      let going = true;
      const writing = (async () => {
        for (let number = 1; going; number += 1) {
          try {
            await client.query(`insert into app.writes (id, at) values ('boss-${number}', now(6))`);
            acknowledged.push(`boss-${number}`);
          } catch {
            return;
          }
        }
      })();
      await systemClock.sleep(100);
      const operation = await control.switchover('db2');
      going = false;
      await writing;
      client.destroy();
      expect(operation.status).toBe('succeeded');
      expect(operation.outcome?.flags).toEqual([]);
      const rows = await db('db2').query("select id from app.writes where id like 'boss-%'");
      const kept = new Set(rows.map(({ id }) => id));
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    });
  });
});

describe('hooks', () => {
  const hook = { command: ['/bin/true'], timeoutMs: 500 };

  it('one that fails before the switchover stops it', async () => {
    const options: ControlOptions = {
      policy: { hooks: { beforeSwitchover: [hook], afterSwitchover: [] } },
      parts: {
        runHook: () => Promise.reject(new Fault('hook-vetoed', 'ended with status 7: change freeze')),
      },
    };
    await onStage(options, 'db1', async ({ control }) => {
      const operation = await control.switchover('db2');
      expect(operation.status).toBe('rolled-back');
      expect(operation.outcome?.cause).toEqual({
        code: 'hook-vetoed',
        message: 'ended with status 7: change freeze',
      });
    });
  });

  it('one that never ends is left behind at its deadline', async () => {
    const options: ControlOptions = {
      policy: { hooks: { beforeSwitchover: [hook], afterSwitchover: [] } },
      parts: { runHook: () => new Promise<never>(() => undefined) },
    };
    await onStage(options, 'db1', async ({ control }) => {
      const operation = await control.switchover('db2', 10_000);
      expect(operation.status).toBe('rolled-back');
      expect(operation.outcome?.cause?.code).toBe('deadline-exceeded');
    });
  });

  it('one that fails afterwards is flagged and changes nothing', async () => {
    const options: ControlOptions = {
      policy: { hooks: { beforeSwitchover: [], afterSwitchover: [hook] } },
      parts: { runHook: () => Promise.reject(new Fault('hook-vetoed', 'ended with status 1')) },
    };
    await onStage(options, 'db2', async ({ control }) => {
      const operation = await control.switchover('db2');
      expect(operation.status).toBe('succeeded');
      expect(operation.outcome?.flags.map(({ step }) => step)).toEqual(['hook-after:1']);
    });
  });
});

describe('two switchovers at once', () => {
  it('one runs, the other is refused and told which', async () => {
    await onStage({}, 'db2', async ({ control }) => {
      const ask = () => control.controller.switchover({ cluster: 'orders', to: 'db2', requestedBy: 'test' });
      const answers = await Promise.all([ask(), ask(), ask()]);
      const running = answers.filter(({ ok }) => ok);
      expect(running).toHaveLength(1);
      const refusals = answers.flatMap((answer) =>
        answer.ok ? [] : answer.refusals.map(({ code }) => code),
      );
      expect(refusals).toEqual(['operation-running', 'operation-running']);
      for (const { operation } of running)
        expect((await control.ended(operation.id)).status).toBe('succeeded');
    });
  });
});

describe('a store that cannot be written', () => {
  /** Full from the moment that a step of this name is to be announced (`filled`) until `refill`. */
  function fillingStore(atStep: string): { store: Store; filled: Promise<void>; refill: () => void } {
    const store = createMemoryStore(systemClock);
    const { promise: filled, resolve: fill } = Promise.withResolvers<void>();
    let full = false;
    let once = true;
    const commit = store.commit.bind(store);
    store.commit = async (transaction) => {
      const announces = transaction.writes.some(
        (write) => 'put' in write && write.value.includes(`"step-started","step":"${atStep}`),
      );
      if (announces && once) full = true;
      if (announces) once = false;
      if (full) fill();
      if (full) throw new Fault('store-unavailable', 'store.db: disk full');
      return commit(transaction);
    };
    return { store, filled, refill: () => (full = false) };
  }

  it.each(['follow', 'freeze', 'reach', 'promote'])('full at %s: nothing changes hands', async (step) => {
    const { store, filled, refill } = fillingStore(step);
    await onStage({ store }, 'db1', async ({ control }) => {
      const asked = await control.controller.switchover({
        cluster: 'orders',
        to: 'db2',
        requestedBy: 'test',
      });
      await within('the store to be full', SOON.deadlineMs, filled);
      await systemClock.sleep(1500);
      refill();
      const operation = await control.ended(asked.operation.id, 10_000);
      expect(operation.status).toBe('rolled-back');
      expect(operation.outcome?.cause?.code).toBe('store-unavailable');
    });
  });

  it('full after the promotion: it is carried forward, and closed when there is room', async () => {
    const { store, filled, refill } = fillingStore('retire-source');
    await onStage({ store }, 'db2', async ({ control }) => {
      const asked = await control.controller.switchover({
        cluster: 'orders',
        to: 'db2',
        requestedBy: 'test',
      });
      await within('the store to be full', SOON.deadlineMs, filled);
      await systemClock.sleep(1500);
      refill();
      expect((await control.ended(asked.operation.id, 10_000)).status).toBe('succeeded');
    });
  });
});
