/** The primary dies, on real MariaDB and MySQL servers under load. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import { expectFollows, expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControlOptions, failoverAccepting, startControl, type TestControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { verifyWrites } from '../kit/verify-writes.ts';
import { startWriter, type Writer, type WriterReport } from '../kit/writer.ts';

const unavailable = mysqlUnavailable();
const engines: readonly SqlEngineKind[] = unavailable === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

interface Story {
  readonly engine: SqlEngineKind;
  readonly settings?: ControlOptions['settings'];
  /** While writes flow, before the primary dies. */
  readonly before?: (cluster: Cluster) => Promise<void>;
}

interface Ending {
  readonly operation: Operation;
  readonly cluster: Cluster;
  readonly control: TestControl;
  readonly writer: Writer;
}

/** db1 dies under load, and a failover is asked for; then `check`. */
async function play(
  { engine, settings = {}, before }: Story,
  check: (ending: Ending) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster({ engine, replicas: 2 });
  await using control = await startControl(cluster, { settings });
  await using writer = await startWriter({ folder: cluster.folder, servers: cluster.servers, rate: 200 });
  await systemClock.sleep(500);
  await before?.(cluster);
  await cluster.server('db1').kill();
  const operation = await failoverAccepting((more) => control.failover(more));
  await check({ operation, cluster, control, writer });
}

/** `primary` took over; the survivors follow it, and no acknowledged write is missing. */
async function expectTakenOver(
  { operation, cluster, writer }: Ending,
  name: string,
  survivors: readonly string[],
): Promise<DatabaseServer> {
  expect(operation.outcome?.flags).toEqual([]);
  expect(operation.status).toBe('succeeded');
  await systemClock.sleep(500);
  const report = await writer.stop();
  const primary = await expectOnePrimary(cluster, name);
  await expectLossAsReported(operation, report, primary);
  for (const survivor of survivors) await expectFollows(cluster.server(survivor), primary);
  return primary;
}

const stopReceiving = (engine: SqlEngineKind) =>
  engine === 'mariadb' ? 'stop slave io_thread' : 'stop replica io_thread';

describe.each(engines)('%s', (engine) => {
  it('a killed primary is replaced by a survivor, and the other follows it', async () => {
    await play({ engine }, async (ending) => {
      const name = ending.operation.plan?.to.name === 'db3' ? 'db3' : 'db2';
      await expectTakenOver(ending, name, [name === 'db3' ? 'db2' : 'db3']);
    });
  });

  it('a candidate that had stopped receiving gets what it lacks from the other survivor', async () => {
    const before = async (cluster: Cluster): Promise<void> => {
      await cluster.server('db2').query(stopReceiving(engine));
      await systemClock.sleep(500);
    };
    const settings = { db2: { promotionRule: 'prefer' as const } };
    await play({ engine, settings, before }, async (ending) => {
      await expectTakenOver(ending, 'db2', ['db3']);
    });
  });

  it('a person who comes late to one that hangs is not refused, and every survivor is moved', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    const policy = { failover: { durability: 'available' } } as const;
    await using control = await startControl(cluster, { policy });
    await cluster.server('db1').pause();
    // What the receivers tried when it died proves nothing by then.
    await systemClock.sleep(5000);
    const operation = await control.failover({ to: 'db2' });
    const { status, outcome, refusals, plan } = operation;
    expect(status, JSON.stringify(refusals ?? outcome)).toBe('succeeded');
    expect(outcome?.flags).toEqual([]);
    await expectStepsInTime(control, operation);
    expect(plan?.to.name).toBe('db2');
    await expectFollows(cluster.server('db3'), cluster.server('db2'));
  });

  it('the old primary becomes a replica again when it is back', async () => {
    await using cluster = await startCluster({ engine, replicas: 2 });
    await using control = await startControl(cluster);
    await cluster.primary.query("insert into app.writes (id, at) values ('before', now(6))");
    // With a write that nobody received it would be left as it is: no agent could save it.
    await cluster.caughtUp();
    await cluster.server('db1').kill();
    const { plan } = await control.failover();
    const name = plan?.to.name ?? '';
    await cluster.server('db1').restart();
    const rejoined = await rejoinWhenSeen(control, 'db1');
    expect(rejoined.outcome?.summary).toContain(`db1 follows ${name} again`);
    const primary = await expectOnePrimary(cluster, name);
    await primary.query("insert into app.writes (id, at) values ('after', now(6))");
    await expectFollows(cluster.server('db1'), primary);
  });

  it('a living primary is not replaced', async () => {
    await using cluster = await startCluster({ engine, replicas: 1 });
    await using control = await startControl(cluster);
    const operation = await control.failover();
    expect(operation.refusals?.map(({ code }) => code)).toEqual(['primary-alive']);
    await expectOnePrimary(cluster, 'db1');
  });
});

describe('automatic, mariadb', () => {
  const policy = { failover: { mode: 'automatic' as const, rejoin: 'automatic' as const, quietMs: 0 } };

  it('a killed primary is replaced without anybody asking, and taken back', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    await using control = await startControl(cluster, { policy });
    await cluster.primary.query("insert into app.writes (id, at) values ('before', now(6))");
    await cluster.caughtUp();
    await cluster.server('db1').kill();
    const taken = await control.firstEnded('failover', 10_000);
    expect(taken.status).toBe('succeeded');
    expect(taken.plan?.judgement?.verdict).toBe('dead');
    await cluster.server('db1').restart();
    const back = await control.firstEnded('rejoin', 20_000);
    expect(back.outcome?.summary).toContain('db1 follows');
    const primary = await expectOnePrimary(cluster, taken.plan?.to.name ?? '');
    await primary.query("insert into app.writes (id, at) values ('after', now(6))");
    await expectFollows(cluster.server('db1'), primary);
  });

  it('a hung one is replaced; two kinds of witnesses have lost it', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    await using control = await startControl(cluster, { policy });
    await cluster.server('db1').pause();
    const taken = await control.firstEnded('failover', 10_000);
    expect(taken.status).toBe('succeeded');
    const lost = taken.plan?.judgement?.testimonies.filter(({ says }) => says === 'silent') ?? [];
    expect(new Set(lost.map(({ kind }) => kind))).toEqual(new Set(['controller', 'replica']));
    expect(taken.plan?.warnings.join()).toContain('no agent');
  });

  it('goes on watching: the next primary that dies is replaced, too', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    await using control = await startControl(cluster, { policy });
    await cluster.server('db1').kill();
    const first = await control.firstEnded('failover', 10_000);
    await cluster.server(first.plan?.to.name ?? '').kill();
    const second = await control.firstEnded('failover', 15_000, first.id);
    expect(second.status).toBe('succeeded');
    await expectOnePrimary(cluster, second.plan?.to.name ?? '');
  });
});

describe('other shapes, mariadb', () => {
  const policy = { failover: { mode: 'automatic' as const, quietMs: 0 } };

  it('the replica of a dead intermediate source is put under another', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2, shape: 'chain' });
    await using control = await startControl(cluster, { policy });
    await cluster.server('db2').kill();
    const moved = await control.firstEnded('relocation', 15_000);
    expect(moved.outcome?.summary).toBe('the replicas of db2 follow db1');
    await cluster.primary.query("insert into app.writes (id, at) values ('after', now(6))");
    await expectFollows(cluster.server('db3'), cluster.primary);
  });

  it('of two co-primaries the other half takes over', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2, shape: 'co-primary' });
    await using control = await startControl(cluster, { policy });
    await cluster.server('db1').kill();
    const taken = await control.firstEnded('failover', 15_000);
    expect(taken.outcome?.summary).toContain('db2 is the primary');
    await expectOnePrimary(cluster, 'db2');
    await expectFollows(cluster.server('db3'), cluster.server('db2'));
  });
});

/**
 * Without an agent nobody reads what the dead primary acknowledged and had not sent yet: a write of each connection may
 * be gone, and then the operation has to say that this cannot be ruled out.
 */
async function expectLossAsReported(
  { outcome }: Operation,
  report: WriterReport,
  primary: DatabaseServer,
): Promise<void> {
  const { acknowledged, lost, duplicated } = await verifyWrites(report.ids, primary);
  expect(acknowledged).toBeGreaterThan(0);
  expect(duplicated).toEqual([]);
  expect(outcome?.loss).toBeDefined();
  expect(lost.length).toBeLessThanOrEqual(outcome?.loss?.verdict === 'none' ? 0 : 4);
}

/** None of its steps took longer than the plan allows it. */
async function expectStepsInTime(control: TestControl, { id, plan }: Operation): Promise<void> {
  const journal = await control.controller.journal(id);
  const done = journal.flatMap(({ what }) => (what.event === 'step-done' ? [what] : []));
  const steps = plan?.steps ?? [];
  expect(done.map(({ step }) => step).toSorted()).toEqual(steps.map((step) => step.id).toSorted());
  const allowed = new Map(steps.map((step) => [step.id, step.deadlineMs]));
  expect(done.filter(({ step, ms }) => ms > (allowed.get(step) ?? 0))).toEqual([]);
}

/** The controller looks once a second, and only then knows that it is back. */
async function rejoinWhenSeen(control: TestControl, server: string): Promise<Operation> {
  const until = performance.now() + 10_000;
  for (;;) {
    const operation = await control.rejoin(server);
    if (operation.status !== 'refused') return operation;
    if (performance.now() > until) throw new Error(JSON.stringify(operation.refusals));
    await systemClock.sleep(100);
  }
}
