/** Which hand-overs of Redis are not begun, and why. */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { type ControlOptions, controllerParts, startControl, type TestControl } from '../kit/control.ts';
import { until } from '../kit/deadline.ts';
import { createWorkFolder } from '../kit/folder.ts';
import { loopbackHost } from '../kit/ports.ts';
import { makeRedisTls } from '../kit/redis/redis-tls.ts';
import { type RedisReplication, startRedisReplication } from '../kit/redis/replication.ts';
import { expectFollowsRedis, expectOneWritable, settled, told } from './redis-scene.ts';

const codesOf = ({ refusals }: Operation): readonly string[] => refusals?.map(({ code }) => code) ?? [];

async function refused(control: TestControl, to: string | undefined, code: string): Promise<Operation> {
  let last: Operation | undefined;
  // The controller looks once a second.
  await until(`a refusal ${code}`, settled, async () => {
    last = await control.switchover(to);
    return codesOf(last).includes(code);
  }).catch((late: unknown) => {
    throw new Error(`${String(late)}: ${last && told(last)}`, { cause: late });
  });
  if (!last) throw new Error('never asked');
  return last;
}

const as = (cluster: RedisReplication, user: string, password: string): ControlOptions => {
  const { clusters } = controllerParts(cluster);
  return {
    parts: { clusters: clusters.map((setup) => ({ ...setup, admin: { user, password } })) },
  };
};

describe('is refused', () => {
  it('without a replica', async () => {
    await using cluster = await startRedisReplication({ replicas: 0 });
    await using control = await startControl(cluster);
    await refused(control, undefined, 'no-candidate');
  });

  it('to a replica of a replica', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, shape: 'chain' });
    await using control = await startControl(cluster);
    await refused(control, 'db3', 'not-direct');
  });

  it('to a replica whose own priority is 0, also when it is named; and the others come by theirs', async () => {
    await using cluster = await startRedisReplication({ replicas: 3 });
    await cluster.server('db2').command('CONFIG', 'SET', 'replica-priority', 0);
    await cluster.server('db4').command('CONFIG', 'SET', 'replica-priority', 10);
    await using control = await startControl(cluster);
    const { refusals } = await refused(control, 'db2', 'candidate-banned');
    expect(refusals?.[0]?.fact).toBe('db2 itself says that it must not be promoted');
    const operation = await control.switchover();
    expect(operation.status, told(operation)).toBe('succeeded');
    expect(operation.plan?.reasons).toEqual(['its own priority is the first']);
    await expectOneWritable(cluster, 'db4');
  });

  it('to a replica that is being given a full copy', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, config: ['enable-debug-command yes'] });
    await using control = await startControl(cluster);
    // It lasts: the copy is sent as slowly as it is made.
    await cluster.primary.command('DEBUG', 'POPULATE', 20_000, 'filling', 100);
    await cluster.primary.command('CONFIG', 'SET', 'rdb-key-save-delay', 1000);
    const db2 = cluster.server('db2');
    await db2.command('REPLICAOF', 'NO', 'ONE');
    await db2.command('SET', 'own', 1);
    await db2.command('REPLICAOF', cluster.primary.address.host, cluster.primary.address.port);
    const operation = await refused(control, 'db2', 'candidate-broken');
    expect(told(operation)).toContain('it is being given a full copy');
  });

  it('when its primary demands more than the policy knows: somebody else has fenced it', async () => {
    await using cluster = await startRedisReplication({ replicas: 1 });
    await cluster.primary.command('CONFIG', 'SET', 'min-replicas-to-write', 1_000_000);
    await using control = await startControl(cluster);
    await refused(control, 'db2', 'primary-read-only');
  });
});

describe('accounts', () => {
  it('a wrong password is told as such', async () => {
    await using cluster = await startRedisReplication({ replicas: 1, password: 'right' });
    const controlled = startControl(cluster, as(cluster, 'default', 'wrong'));
    await expect(controlled).rejects.toThrow(/WRONGPASS/);
  });

  it('over TLS, whose certificate is verified, and with the replication account for one that never followed', async () => {
    await using folder = await createWorkFolder('redis-tls');
    const tls = await makeRedisTls(folder.path, [1, 2].map(loopbackHost));
    await using cluster = await startRedisReplication({ replicas: 1, tls, password: 'secret' });
    await cluster.primary.command('CONFIG', 'SET', 'masterauth', '');
    const account = { user: 'default', password: 'secret', tls: { verifyServer: true, caFile: tls.ca } };
    const { clusters } = controllerParts(cluster);
    const parts = {
      clusters: clusters.map((setup) => ({ ...setup, admin: account, replication: account })),
    };
    await using control = await startControl(cluster, { parts });
    const operation = await control.switchover('db2');
    expect(operation.status, told(operation)).toBe('succeeded');
    expect(operation.outcome?.flags).toEqual([]);
    await expectFollowsRedis(cluster.server('db1'), await expectOneWritable(cluster, 'db2'));
    const stranger = { ...account, tls: { verifyServer: true } };
    const strangers = clusters.map((setup) => ({ ...setup, admin: stranger }));
    await expect(startControl(cluster, { parts: { clusters: strangers } })).rejects.toThrow(/certificate/);
  });

  it('of a user of its own, with a password of their replication', async () => {
    await using cluster = await startRedisReplication({ replicas: 1, password: 'right' });
    for (const server of cluster.servers)
      await server.command('ACL', 'SETUSER', 'dauphin', 'on', '>secret', '~*', '&*', '+@all');
    await using control = await startControl(cluster, as(cluster, 'dauphin', 'secret'));
    const operation = await control.switchover('db2');
    expect(operation.status, told(operation)).toBe('succeeded');
    await expectOneWritable(cluster, 'db2');
  });

  it.each([
    ['db1', 'client|pause'],
    ['db1', 'replicaof'],
    ['db2', 'replicaof'],
    ['db2', 'config|rewrite'],
  ])('one that lacks a command on %s ends it before anything is done: %s', async (name, command) => {
    await using cluster = await startRedisReplication({ replicas: 1 });
    for (const server of cluster.servers) {
      const but = server.name === name ? [`-${command}`] : [];
      await server.command('ACL', 'SETUSER', 'dauphin', 'on', '>secret', '~*', '&*', '+@all', ...but);
    }
    await using control = await startControl(cluster, as(cluster, 'dauphin', 'secret'));
    const operation = await control.switchover('db2');
    expect(operation.status).toBe('rolled-back');
    expect(operation.outcome?.cause?.code).toBe('access-denied');
    expect(operation.outcome?.cause?.message).toContain(command);
    const journal = await control.controller.journal(operation.id);
    const begun = journal.flatMap(({ what }) => (what.event === 'step-started' ? [what.step] : []));
    expect(begun).toEqual(['verify', 'prepare']);
    await expectOneWritable(cluster, 'db1');
  });
});
