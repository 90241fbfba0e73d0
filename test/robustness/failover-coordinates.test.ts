/**
 * The primary dies, and its replicas follow it by file and offset although all their transactions have GTIDs; on real
 * servers under load. Nothing that anybody received is lost, and from then on they follow by GTID.
 */
import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { expectFollows, expectNothingLost, expectOnePrimary } from '../kit/aftermath.ts';
import { startAgent } from '../kit/agent.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, failoverAccepting, startControl, type TestControl } from '../kit/control.ts';
import {
  followByCoordinates,
  goesByGtid,
  hasReceivedAll,
  pointAt,
  takeOverByHand,
} from '../kit/coordinates.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';
import { atStep, interruptingStore } from '../kit/interrupting-store.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { makeReadOnly, type ReplicationPart, startReplicating, stopReplicating } from '../kit/replication.ts';
import { holdingOf, sameHolding } from '../kit/survivors.ts';
import { verifyWrites } from '../kit/verify-writes.ts';
import { startWriter } from '../kit/writer.ts';
import { dieHalfSent } from './half-sent.ts';

const engines: readonly SqlEngineKind[] =
  mysqlUnavailable() === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

/** Other work runs on the same machine; what hangs, hangs for a minute (see `unfinished` of MySQL's dialect). */
const patient = { failover: { stepMs: 20_000, followMs: 40_000 } };

interface Story {
  readonly engine: SqlEngineKind;
  readonly settings?: ControlOptions['settings'];
  /** The dead primary's host has an agent. */
  readonly agent?: boolean;
  /** Nobody writes but `before`. */
  readonly quiet?: boolean;
  /** While writes flow, before the primary dies. */
  readonly before?: (cluster: Cluster) => Promise<void>;
  /** The primary dies here, for one that does not die in between two writes. */
  readonly death?: (cluster: Cluster) => Promise<void>;
  readonly asked?: Parameters<TestControl['failover']>[0];
}

interface Ending {
  readonly operation: Operation;
  readonly cluster: Cluster;
  readonly control: TestControl;
  readonly primary: DatabaseServer;
  /** Acknowledged. */
  readonly lost: readonly string[];
}

/** db1 dies, and is taken over for; every survivor ends with the same rows, and follows by GTID. Then `check`. */
async function play(
  { engine, settings, agent, quiet, before, death, asked }: Story,
  check: (ending: Ending) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster({ engine, replicas: 3 });
  await followByCoordinates(cluster);
  await using beside = agent ? await startAgent(cluster.primary, { mayStart: false }) : undefined;
  await using control = await startControl(cluster, {
    policy: patient,
    settings: { ...settings, ...(beside ? { db1: { agent: beside.address } } : {}) },
    ...(beside ? { parts: { agents: () => beside.agent } } : {}),
  });
  const { folder, servers } = cluster;
  await using writer = quiet ? undefined : await startWriter({ folder, servers, rate: 200 });
  if (writer) await more(cluster.primary, 50);
  await before?.(cluster);
  await (death?.(cluster) ?? cluster.primary.kill());
  const ask = (more: typeof asked) => control.failover({ ...asked, ...more });
  // Only where writes flow, and no agent reads the log, may the last of them be missed.
  const operation = await (writer && !beside ? failoverAccepting(ask) : ask({}));
  expect(operation.refusals).toBeUndefined();
  expect(operation.outcome?.flags).toEqual([]);
  expect(operation.status, operation.outcome?.summary).toBe('succeeded');
  const primary = await expectOnePrimary(cluster, operation.plan?.to.name ?? '');
  if (writer) await more(primary, 20);
  const { ids } = writer ? await writer.stop() : { ids: [] };
  const { lost, duplicated } = await verifyWrites(ids, primary);
  expect(duplicated).toEqual([]);
  await expectAllAlike(cluster, primary);
  await check({ operation, cluster, control, primary, lost });
}

async function expectAllAlike({ servers }: Cluster, primary: DatabaseServer): Promise<void> {
  const survivors = servers.filter(({ running }) => running);
  for (const server of survivors) await expectFollows(server, primary);
  const holdings = await Promise.all(survivors.map((server) => holdingOf(server)));
  expect(sameHolding(holdings), JSON.stringify(holdings)).toBe(true);
  const replicas = survivors.filter((server) => server !== primary);
  for (const replica of replicas) expect(await goesByGtid(replica), replica.name).toBe(true);
}

/** Until the writer has added so many rows. */
async function more(server: DatabaseServer, rows: number): Promise<void> {
  const first = await rowsOf(server);
  await until(
    `${rows} more rows on ${server.name}`,
    SOON,
    async () => (await rowsOf(server)) >= first + rows,
  );
}

async function rowsOf(server: DatabaseServer): Promise<number> {
  const [row] = await server.query('select count(*) as n from app.writes');
  return Number(row?.n);
}

const stop = async (cluster: Cluster, names: readonly string[], part: ReplicationPart): Promise<void> => {
  for (const name of names) await stopReplicating(cluster.server(name), part);
};

const write = (server: DatabaseServer, id: string) =>
  server.query(`insert into app.writes (id, at) values ('${id}', now(6))`);

async function has(server: DatabaseServer, id: string): Promise<boolean> {
  const [row] = await server.query(`select count(*) as n from app.writes where id = '${id}'`);
  return row?.n === '1';
}

const prefer = { db2: { promotionRule: 'prefer' } } as const;

/** Of four connections each may have one that was acknowledged and not sent yet. */
const onTheWay = 4;

describe.each(engines)('%s, replicas by file and offset', (engine) => {
  it('a killed primary is replaced, and the others follow by GTID', async () => {
    await play({ engine }, async ({ operation, lost }) => {
      expect(lost.length).toBeLessThanOrEqual(onTheWay);
      const others = ['db2', 'db3', 'db4'].filter((name) => name !== operation.plan?.to.name);
      const words = `${others.join(' and ')} follow by file and offset, and by GTID from then on`;
      expect(operation.plan?.warnings).toContain(words);
    });
  });

  it('what only one has received, and has not applied, goes to all', async () => {
    const before = async (cluster: Cluster): Promise<void> => {
      await stop(cluster, ['db3'], 'applier');
      await stop(cluster, ['db2'], 'receiver');
      await more(cluster.primary, 30);
      await stop(cluster, ['db4'], 'receiver');
      await more(cluster.primary, 30);
    };
    await play({ engine, settings: prefer, before }, async ({ primary, lost }) => {
      expect(primary.name).toBe('db2');
      expect(lost.length).toBeLessThanOrEqual(onTheWay);
    });
  });

  it('what waits on a server that neither receives nor applies goes to all', async () => {
    const before = async (cluster: Cluster): Promise<void> => {
      await stop(cluster, ['db3'], 'applier');
      await stop(cluster, ['db2', 'db4'], 'receiver');
      await write(cluster.primary, 'waits');
      const db3 = cluster.server('db3');
      await until('db3 to have received it', SOON, () => hasReceivedAll(db3, cluster.primary));
      await stop(cluster, ['db3'], 'receiver');
    };
    // Nobody receives any more: only the agent bears witness. It cannot read the log.
    const death = async ({ primary }: Cluster): Promise<void> => {
      await primary.kill();
      await rename(`${primary.folder}/data/bin.000001`, `${primary.folder}/data/hidden`);
    };
    const story = { engine, settings: prefer, agent: true, quiet: true, before, death } as const;
    await play({ ...story, asked: { acceptDataLoss: { by: 'test' } } }, async ({ primary }) => {
      expect(primary.name).toBe('db2');
      expect(await has(primary, 'waits')).toBe(true);
    });
  });

  it('what nobody received comes from the log of the dead', async () => {
    const before = async (cluster: Cluster): Promise<void> => {
      await stop(cluster, ['db2', 'db3'], 'receiver');
      await more(cluster.primary, 20);
      await stop(cluster, ['db4'], 'receiver');
      await more(cluster.primary, 20);
    };
    await play({ engine, agent: true, before }, async ({ operation, lost }) => {
      expect(lost).toEqual([]);
      expect(operation.outcome?.loss?.verdict).toBe('none');
    });
  });

  it('a transaction that was received by half is nobody’s', { timeout: 150_000 }, async () => {
    const death = async (cluster: Cluster): Promise<void> => {
      await write(cluster.primary, 'before it');
      await stop(cluster, ['db3'], 'applier');
      const { primary, servers } = cluster;
      await dieHalfSent({ primary, replicas: servers.filter((server) => server !== primary), rows: 60 });
    };
    // Whether the controller has seen it at the end of the log, and so knows what is missing, is a matter of luck.
    const asked = { acceptDataLoss: { by: 'test' } };
    await play({ engine, quiet: true, death, asked }, async ({ primary }) => {
      expect(await has(primary, 'before it')).toBe(true);
      const [row] = await primary.query('select count(*) as n from app.big');
      expect(row?.n).toBe('0');
    });
  });

  it('the old primary is taken back, and follows by GTID', async () => {
    const settings = { db2: { promotionRule: 'must' } } as const;
    await play({ engine, settings, quiet: true }, async ({ cluster, control, primary }) => {
      const old = cluster.server('db1');
      await old.restart();
      const back = await rejoinedWhenSeen(control, 'db1');
      expect(back.status, JSON.stringify(back.outcome)).toBe('succeeded');
      await write(primary, 'after');
      await expectAllAlike(cluster, primary);
    });
  });

  it('one that was the primary itself, and has not begun to follow, is put under another', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    await write(cluster.primary, 'by the first');
    await cluster.caughtUp();
    const [db1, db2, db3] = ['db1', 'db2', 'db3'].map((name) => cluster.server(name));
    if (!db1 || !db2 || !db3) throw new Error('three servers');
    await makeReadOnly(db1);
    await stopReplicating(db3);
    await takeOverByHand(db2);
    for (const server of [db1, db3]) await pointAt(server, db2);
    // The other one has not begun, and of what it wrote itself nobody's log tells any more.
    await startReplicating(db3);
    await purgeLogs(db3);
    await using control = await startControl(cluster, { settings: { db3: { promotionRule: 'must' } } });
    await db2.kill();
    const operation = await control.failover();
    expect(operation.refusals).toBeUndefined();
    expect(operation.outcome?.flags).toEqual([]);
    expect(operation.status).toBe('succeeded');
    await write(db3, 'after');
    await expectAllAlike(cluster, await expectOnePrimary(cluster, 'db3'));
  });

  it('the replica of a dead intermediate source is put under another', async () => {
    await using cluster = await startCluster({ engine, replicas: 2, shape: 'chain' });
    await followByCoordinates(cluster);
    const policy = { failover: { mode: 'automatic' as const, quietMs: 0 } };
    await using control = await startControl(cluster, { policy });
    await cluster.server('db2').kill();
    const moved = await control.firstEnded('relocation', SOON.deadlineMs);
    expect(moved.outcome?.summary).toBe('the replicas of db2 follow db1');
    expect(moved.plan?.warnings).toEqual(['db3 follows by file and offset, and by GTID from then on']);
    await write(cluster.primary, 'after');
    await expectAllAlike(cluster, cluster.primary);
  });

  it('a switchover asked for under load loses nothing, and they follow by GTID', async () => {
    await using cluster = await startCluster({ engine, replicas: 3 });
    await followByCoordinates(cluster);
    await using control = await startControl(cluster);
    const { folder, servers } = cluster;
    await using writer = await startWriter({ folder, servers, rate: 200 });
    await more(cluster.primary, 50);
    const operation = await control.switchover('db2');
    const told = JSON.stringify(operation.refusals ?? operation.outcome);
    expect(operation.status, told).toBe('succeeded');
    expect(operation.outcome?.flags).toEqual([]);
    const words = 'db3 and db4 follow by file and offset, and by GTID from then on';
    expect(operation.plan?.warnings).toContain(words);
    const primary = await expectOnePrimary(cluster, 'db2');
    await more(primary, 20);
    await expectNothingLost(await writer.stop(), primary);
    await expectAllAlike(cluster, primary);
  });

  it('a switchover that is taken back leaves the old primary with its replicas', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    await followByCoordinates(cluster);
    const db2 = cluster.server('db2');
    const late = async (): Promise<void> => {
      await stopReplicating(db2, 'applier');
      await write(cluster.primary, 'not applied');
    };
    const store = interruptingStore(createMemoryStore(systemClock), atStep('freeze', late));
    await using control = await startControl(cluster, { store });
    const operation = await control.switchover('db2');
    await startReplicating(db2);
    expect(operation.status, JSON.stringify(operation.outcome)).toBe('rolled-back');
    const primary = await expectOnePrimary(cluster, 'db1');
    await write(primary, 'after');
    for (const name of ['db2', 'db3']) await expectFollows(cluster.server(name), primary);
  });

  it('a killed primary is replaced without anybody asking', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    await followByCoordinates(cluster);
    const policy = { failover: { mode: 'automatic' as const, quietMs: 0 } };
    await using control = await startControl(cluster, { policy });
    await cluster.primary.kill();
    const taken = await control.firstEnded('failover', SOON.deadlineMs);
    expect(taken.status).toBe('succeeded');
    await expectAllAlike(cluster, await expectOnePrimary(cluster, taken.plan?.to.name ?? ''));
  });
});

/** The server keeps a log that its engines may still need, and does not say so. */
async function purgeLogs(server: DatabaseServer): Promise<void> {
  await server.query('flush no_write_to_binlog binary logs');
  await until('the first log to be gone', SOON, async () => {
    const logs = await server.query("purge binary logs to 'bin.000002'; show binary logs");
    return logs[0]?.Log_name !== 'bin.000001';
  });
}

/** The controller looks once a second, and only then knows that it is back. */
const rejoinedWhenSeen = (control: TestControl, server: string): Promise<Operation> =>
  until(`${server} to be taken back`, SOON, async () => {
    const operation = await control.rejoin(server);
    return operation.status === 'refused' ? undefined : operation;
  });
