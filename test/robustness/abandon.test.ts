/** A candidate that falls silent in the middle of its promotion, and the person who ends the waiting; on real servers. */
import { describe, expect, it } from 'vitest';
import { Controller } from '../../src/control/controller.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { Store } from '../../src/core/store.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { expectFollows, expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { controllerParts, startControl, TestControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { atStep, interruptingStore } from '../kit/interrupting-store.ts';

const ada = { requestedBy: 'ada', reason: 'its host burnt', candidateDown: false };

/** db2 is to be promoted in place of db1, and `silence` strikes it as the promotion is about to be sent. */
async function play(
  silence: (cluster: Cluster) => Promise<void>,
  check: (control: TestControl, cluster: Cluster, id: string, store: Store) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
  const store = interruptingStore(
    createMemoryStore(systemClock),
    atStep('promote', () => silence(cluster)),
  );
  await using control = await startControl(cluster, {
    store,
    policy: { failover: { stepMs: 1000 } },
    settings: { db2: { promotionRule: 'prefer' } },
  });
  await cluster.server('db1').kill();
  const { controller, name } = control;
  const begun = await controller.failover({ cluster: name, requestedBy: 'test' });
  expect(begun.ok).toBe(true);
  const { id } = begun.operation;
  await until('it to ask for the candidate', SOON, async () => {
    const journal = await controller.journal(id);
    return journal.find(
      ({ what }) => what.event === 'resumed' && what.note.includes(`dauphin abandon ${id}`),
    );
  });
  await check(control, cluster, id, store);
}

const codes = ({ refusals = [] }: Operation): readonly string[] => refusals.map(({ code }) => code);

describe('mariadb', () => {
  it('given up, it is told what to look at; nobody else is promoted until the candidate answers', async () => {
    await play(
      (cluster) => cluster.server('db2').pause(),
      async (control, cluster, id) => {
        const ended = await control.controller.abandon(id, ada);
        expect(ended.status).toBe('failed');
        expect(ended.abandoned).toEqual({ by: 'ada', reason: 'its host burnt', candidateDown: false });
        expect(ended.outcome?.summary).toContain(
          'db2 fell silent while it was promoted, and may take writes',
        );
        const steps = ended.outcome?.flags.map(({ step }) => step);
        expect(steps).toEqual(['promote:db2', 'fence:db1', 'gather:db2']);
        const refused = await control.failover();
        expect(codes(refused)).toEqual(['possible-primary']);
        // What was sent while it was stopped is carried out now, and clients that reach it write to it.
        cluster.server('db2').resume();
        await until('it to take a write that nobody else has', SOON, () =>
          cluster
            .server('db2')
            .query("insert into app.writes (id, at) values ('meanwhile', now(6))")
            .then(
              () => true,
              () => undefined,
            ),
        );
        const taken = await until('it to be planned with', SOON, async () => {
          const operation = await control.failover();
          return operation.status === 'refused' ? undefined : operation;
        });
        expect(taken.status).toBe('succeeded');
        expect(taken.plan?.steps.map((step) => step.id)).toContain('rule-out:db2');
        const primary = await expectOnePrimary(cluster, 'db2');
        await primary.query("insert into app.writes (id, at) values ('afterwards', now(6))");
        await expectFollows(cluster.server('db3'), primary);
        const kept = await cluster.server('db3').query("select id from app.writes where id = 'meanwhile'");
        expect(kept).toHaveLength(1);
      },
    );
  });

  it('also a controller that never saw the candidate promotes nobody else beside it', async () => {
    await play(
      (cluster) => cluster.server('db2').pause(),
      async (control, cluster, id, store) => {
        await control.controller.abandon(id, ada);
        await control.controller.close();
        const parts = controllerParts(cluster, { store, policy: { failover: { stepMs: 1000 } } });
        const controller = new Controller(parts);
        await controller.start();
        await using anew = new TestControl(controller, control.name);
        await until('it to have lost its primary', SOON, async () => {
          const { nodes } = controller.topology(control.name);
          return nodes.find(({ name, reachable }) => name === 'db3' && reachable);
        });
        const barred = await until('it to be sure that db1 is dead', SOON, async () => {
          const operation = await anew.failover();
          const unsure = codes(operation).some((code) => ['primary-unsure', 'no-primary'].includes(code));
          return unsure ? undefined : operation;
        });
        expect(barred.status).toBe('refused');
        expect(codes(barred)).toEqual(['possible-primary']);
        // The word of a person lets it go on; what db2 may have taken alone is told.
        await controller.abandon(id, { ...ada, candidateDown: true });
        await cluster.server('db2').kill();
        const taken = await anew.failover();
        expect(taken.status).toBe('succeeded');
        expect(taken.outcome?.loss?.verdict).toBe('possible');
        expect(taken.outcome?.loss?.because).toContain('db2 may have been the primary');
        await expectOnePrimary(cluster, 'db3');
      },
    );
  });

  it('once a person has seen to it that the candidate is down, another takes over', async () => {
    await play(
      (cluster) => cluster.server('db2').pause(),
      async (control, cluster, id) => {
        await cluster.server('db2').kill();
        expect((await control.controller.abandon(id, ada)).status).toBe('failed');
        expect(codes(await control.failover())).toEqual(['possible-primary']);
        await expect(control.controller.abandon(id, ada)).rejects.toMatchObject({ code: 'refused' });
        await control.controller.abandon(id, { ...ada, candidateDown: true });
        const taken = await control.failover();
        expect(taken.status).toBe('succeeded');
        await expectOnePrimary(cluster, 'db3');
      },
    );
  });

  it('what ends by itself is not given up', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 1 });
    await using control = await startControl(cluster);
    const { id } = await control.switchover('db2');
    await expect(control.controller.abandon(id, ada)).rejects.toMatchObject({ code: 'refused' });
  });
});
