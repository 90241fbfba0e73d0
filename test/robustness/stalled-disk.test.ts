/** The primary's disk takes no writes any more, while the server answers: real servers on a file system that is frozen. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { PlanKind } from '../../src/core/plan.ts';
import { engines } from '../../src/engines/registry.ts';
import { expectFollows, expectOnePrimary } from '../kit/aftermath.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { call } from '../kit/call.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { until } from '../kit/deadline.ts';
import { linkContext } from '../kit/link-context.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { StallingDisk, stallingDiskUnavailable } from '../kit/stalling-disk.ts';
import { verifyWrites } from '../kit/verify-writes.ts';
import { startWriter, type Writer } from '../kit/writer.ts';

const unavailable = stallingDiskUnavailable();
const kinds: readonly SqlEngineKind[] = mysqlUnavailable() === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

interface Scene {
  readonly cluster: Cluster;
  readonly control: TestControl;
  readonly disk: StallingDisk;
  readonly writer: Writer;
}

/** db1's data lies on a disk that can stall; clients write. */
async function scene(
  engine: SqlEngineKind,
  agents: 'agents' | 'no agents',
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(await startCluster({ engine, replicas: 2, durable: true }));
  const disk = resources.use(await StallingDisk.under(cluster.server('db1')));
  await cluster.caughtUp();
  const agent = agents === 'agents' ? resources.use(await startAgent(cluster.server('db1'))) : undefined;
  // The agent's own look at the disk is a write that waits; it ends no sooner than that.
  resources.defer(() => disk.thaw().catch(() => undefined));
  const control = resources.use(await startControl(cluster, controlOptions(agent)));
  const writer = resources.use(
    await startWriter({ folder: cluster.folder, servers: cluster.servers, rate: 100 }),
  );
  await until('writes', { deadlineMs: 10_000 }, async () => (await writer.stats()).acknowledged > 20);
  await play({ cluster, control, disk, writer });
}

function controlOptions(agent: AgentProcess | undefined) {
  const policy = { failover: { mode: 'automatic' as const, rejoin: 'manual' as const } };
  if (!agent) return { policy };
  return {
    policy,
    settings: { db1: { agent: agent.address } },
    parts: { agents: () => agent.agent },
  };
}

async function lastOf(control: TestControl, kind: PlanKind): Promise<Operation | undefined> {
  const all = await control.controller.operations({ limit: 10 });
  return all.find((each) => each.kind === kind);
}

const codes = (control: TestControl): readonly string[] =>
  control.controller.findings().map(({ code, serverName }) => `${code} ${serverName}`);

async function failedOver(control: TestControl): Promise<Operation> {
  return until('a failover', { deadlineMs: 20_000 }, async () => {
    const found = await lastOf(control, 'failover');
    return found && found.status !== 'running' ? found : undefined;
  });
}

/** A write that began after this. */
async function expectWrites({ writer }: Scene, server: string): Promise<void> {
  const { acknowledged } = await writer.stats();
  await until(`writes on ${server}`, { deadlineMs: 20_000 }, async () =>
    (await writer.since(acknowledged)).some((each) => each.server === server),
  );
}

describe.skipIf(unavailable !== undefined)(`a stalled disk${unavailable ? ` (${unavailable})` : ''}`, () => {
  describe.each(kinds)('%s', (engine) => {
    it('of the primary makes it dead, by two witnesses, and nothing is lost', async () => {
      await scene(engine, 'agents', async (played) => {
        const { cluster, control, disk, writer } = played;
        await disk.stall();
        const { status, plan, outcome } = await failedOver(control);
        expect(status).toBe('succeeded');
        expect(plan?.judgement?.rule).toBe('disk-stuck');
        expect(outcome?.flags).toEqual([]);
        expect(outcome?.loss?.verdict).toBe('none');
        const name = plan?.to.name ?? '';
        await expectWrites(played, name);
        const old = cluster.server('db1');
        expect(old.running, 'it is still there, and waits for the disk').toBe(true);
        await disk.thaw();
        await until('the old one is gone', { deadlineMs: 15_000 }, async () => !old.running);
        const report = await writer.stop();
        const primary = await expectOnePrimary(cluster, name);
        expect((await verifyWrites(report.ids, primary)).lost).toEqual([]);
        const taken = plan?.judgement?.suspectedAt ?? 0;
        const late = report.records.filter(
          (each) => each.server === 'db1' && each.ackedAt / 1000 > taken + 3000,
        );
        expect(late, 'the old one acknowledged nothing after that').toEqual([]);
        const rejoined = await control.rejoin('db1', 60_000);
        expect(rejoined.status).toBe('succeeded');
        await expectFollows(old, primary);
      });
    });

    it('is no death without an agent: a person is told', async () => {
      await scene(engine, 'no agents', async (played) => {
        const { control, disk } = played;
        await disk.stall();
        const finding = await until('a finding', { deadlineMs: 15_000 }, async () =>
          control.controller.findings().find(({ code }) => code === 'disk-stuck'),
        );
        expect(finding).toMatchObject({ severity: 'critical', serverName: 'db1' });
        await disk.thaw();
        await expectWrites(played, 'db1');
        await until(
          'it is over',
          { deadlineMs: 10_000 },
          async () => !codes(control).includes('disk-stuck db1'),
        );
        expect(await lastOf(control, 'failover')).toBeUndefined();
      });
    });

    it('without an agent: once a person has ended the server, it is dead like any other', async () => {
      await scene(engine, 'no agents', async (played) => {
        const { cluster, control, disk } = played;
        await disk.stall();
        await until('a finding', { deadlineMs: 15_000 }, async () =>
          codes(control).includes('disk-stuck db1'),
        );
        process.kill(cluster.server('db1').pid, 'SIGKILL');
        const { status, plan } = await failedOver(control);
        expect(status).toBe('succeeded');
        expect(plan?.judgement?.rule).toBe('lost-by-replicas');
        await expectWrites(played, plan?.to.name ?? '');
      });
    });

    it('has a flush wait, and nothing else that shows that it serves', async () => {
      await scene(engine, 'no agents', async ({ cluster, disk }) => {
        const { address } = cluster.primary;
        const link = engines[engine].link(address, linkContext(engine));
        try {
          await link.flush(call(5000));
          await disk.stall();
          await expect(link.flush(call(2000))).rejects.toMatchObject({ code: 'deadline-exceeded' });
          const waiting = link.flush(call(60_000));
          await link.pulse(call(5000));
          await disk.thaw();
          await waiting;
        } finally {
          await link.close();
        }
      });
    });
  });

  it('that takes writes again after a second is none', async () => {
    await scene('mariadb', 'agents', async (played) => {
      const { control, disk } = played;
      await disk.stall();
      await systemClock.sleep(1000);
      await disk.thaw();
      await expectWrites(played, 'db1');
      // As long as a death would have taken to be noticed.
      await systemClock.sleep(4000);
      expect(await lastOf(control, 'failover')).toBeUndefined();
      await expectWrites(played, 'db1');
    });
  });
});
