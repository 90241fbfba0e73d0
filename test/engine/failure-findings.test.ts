/** What real servers show when a source dies, hangs, or waits for acknowledgements: the findings, with Orchestrator's names. */
import { describe, expect, it } from 'vitest';
import type { Controller } from '../../src/control/controller.ts';
import type { Finding, FindingCode } from '../../src/core/finding.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { type ClusterOptions, startCluster } from '../kit/cluster.ts';
import { startControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { startReplicating, stopReplicating } from '../kit/replication.ts';
import { enableSemiSync, semiSyncArgs } from '../kit/semi-sync.ts';

const noMysql = mysqlUnavailable();

async function found(controller: Controller, code: FindingCode): Promise<Finding> {
  return until(code, SOON, async () =>
    controller.findings('orders').find((each) => each.code === code),
  ).catch((thrown: unknown) => {
    const now = controller.findings('orders').map(({ summary }) => summary);
    throw new Error(`${code} is not found; there are ${JSON.stringify(now)}`, { cause: thrown });
  });
}

async function allWell(controller: Controller): Promise<void> {
  await until('no finding', SOON, async () => controller.findings('orders').length === 0);
}

for (const engine of ['mariadb', 'mysql'] satisfies SqlEngineKind[]) {
  const why = engine === 'mysql' && noMysql !== undefined ? ` (skipped: ${noMysql})` : '';
  const stage = async (
    options: Omit<ClusterOptions, 'engine'>,
    play: (cluster: Awaited<ReturnType<typeof startCluster>>, controller: Controller) => Promise<void>,
  ): Promise<void> => {
    await using cluster = await startCluster({ engine, ...options });
    await using control = await startControl(cluster);
    await allWell(control.controller);
    await play(cluster, control.controller);
  };

  describe.skipIf(why !== '')(`on ${engine}${why}`, () => {
    it('a killed primary is dead once its replicas have lost it, and all that follows comes after it', async () => {
      await stage({ replicas: 2 }, async (cluster, controller) => {
        await cluster.primary.kill();
        const dead = await found(controller, 'dead-primary');
        expect(dead).toMatchObject({
          serverName: 'db1',
          orchestrator: expect.stringMatching(/^DeadMaster(AndSomeReplicas)?$/) as unknown,
          blocks: ['switchover'],
          evidence: { replicas: 2, replicasReplicating: 0, replicasReceiving: 0 },
        });
        expect(dead.evidence.replicasThatLostIt).toBeGreaterThan(0);
        const failing = await found(controller, 'replica-cannot-connect');
        expect(failing).toMatchObject({
          severity: 'notice',
          orchestrator: 'FirstTierReplicaFailingToConnectToMaster',
          after: ['dead-primary'],
        });
        expect(await found(controller, 'no-primary')).toMatchObject({ after: ['dead-primary'] });
      });
    }, 90_000);

    it('a primary whose replication was stopped before it fell silent is not called dead', async () => {
      await stage({ replicas: 2 }, async (cluster, controller) => {
        await Promise.all(['db2', 'db3'].map((name) => stopReplicating(cluster.server(name))));
        expect(await found(controller, 'no-replica-replicates')).toMatchObject({
          serverName: 'db1',
          orchestrator: expect.stringMatching(/^AllMasterReplicasNotReplicating(OrDead)?$/) as unknown,
          after: expect.arrayContaining(['replica-stopped']) as unknown,
        });
        await cluster.primary.kill();
        expect(await found(controller, 'primary-unreachable')).toMatchObject({
          orchestrator: expect.stringMatching(/^DeadMaster/) as unknown,
          blocks: ['switchover', 'failover'],
        });
        expect(controller.findings('orders').map(({ code }) => code)).not.toContain('dead-primary');
      });
    }, 90_000);

    it('a killed intermediate source is dead, and its source is not', async () => {
      await stage({ replicas: 2, shape: 'chain' }, async (cluster, controller) => {
        await cluster.server('db2').kill();
        expect(await found(controller, 'dead-intermediate-source')).toMatchObject({
          serverName: 'db2',
          orchestrator: expect.stringMatching(/^DeadIntermediateMasterWithSingleReplica/) as unknown,
        });
        expect(await found(controller, 'no-replica-replicates')).toMatchObject({
          serverName: 'db1',
          orchestrator: 'MasterSingleReplicaDead',
          after: ['dead-intermediate-source'],
        });
      });
    }, 90_000);

    it('a primary that waits for acknowledgements nobody gives is locked, until somebody gives them', async () => {
      await stage({ replicas: 1, serverArgs: semiSyncArgs[engine] }, async (cluster, controller) => {
        await enableSemiSync(cluster);
        await allWell(controller);
        await stopReplicating(cluster.server('db2'), 'receiver');
        const write = cluster.primary
          .query("insert into app.writes (seq, id, at) values (1000000, 'waits', now(6))", 60_000)
          .then(() => 'committed');
        const locked = await found(controller, 'semi-sync-locked');
        expect(locked).toMatchObject({
          serverName: 'db1',
          severity: 'critical',
          evidence: { requiredAcks: 1, connectedReplicas: 0, active: true },
        });
        expect(locked.orchestrator).toBe(engine === 'mysql' ? 'LockedSemiSyncMaster' : undefined);
        await startReplicating(cluster.server('db2'), 'receiver');
        expect(await write).toBe('committed');
        await allWell(controller);
      });
    }, 90_000);
  });
}
