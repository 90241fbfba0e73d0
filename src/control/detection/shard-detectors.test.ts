import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { ServerLink } from '../../core/engine.ts';
import { type ServerId, serverId } from '../../core/identity.ts';
import { cluster } from '../../core/testing/cluster-builder.ts';
import type { Topology } from '../../core/topology.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { Member } from '../observation/member.ts';
import { ShardDetectors } from './shard-detectors.ts';

const whole = cluster('cache', 'redis-cluster')
  .primary('a')
  .primary('b')
  .primary('c')
  .replica('a1', { source: 'a' })
  .replica('b1', { source: 'b' });

/** Watched for a while; who was sent pulses, and who is suspected when those of `silent` do not answer. */
async function watched(
  silent: readonly string[],
  then?: { readonly atMs: number; readonly topology: Topology },
) {
  const clock = new VirtualClock();
  const pulses = new Map<string, number[]>();
  const members = new Map<ServerId, Member>();
  for (const { id, address, seen } of whole.topology().nodes) {
    const link: Partial<ServerLink> = {
      address,
      pulse: async () => {
        pulses.set(id, [...(pulses.get(id) ?? []), clock.monotonic()]);
        if (silent.includes(id))
          throw new Fault('server-unreachable', 'refused', { details: { refused: true } });
      },
      flush: async () => undefined,
      probe: async () => {
        if (silent.includes(id) || !seen) throw new Fault('server-unreachable', 'refused');
        return seen;
      },
      onLost: () => () => undefined,
      renewReceiver: async () => undefined,
      startReceiving: async () => undefined,
    };
    const member = new Member({ link: link as ServerLink, clock, configured: true });
    member.seen = seen;
    members.set(id, member);
  }
  const first = whole.topology();
  const detectors = new ShardDetectors({
    clock,
    policy: whole.policy(),
    topology: () => (then && clock.monotonic() >= then.atMs ? then.topology : first),
    memberOf: (id) => members.get(id),
    agentOf: () => undefined,
    peers: [],
    lookMs: 1000,
  });
  detectors.start();
  for (let turn = 0; clock.monotonic() < 3_000 && turn < 20_000; turn += 1) {
    await nextTurn();
    clock.step(3_000);
  }
  const { judgement } = detectors;
  const closed = detectors.close();
  for (let turn = 0; turn < 50; turn += 1) {
    await nextTurn();
    clock.step(10_000);
  }
  await closed;
  return { pulses, judgement };
}

test('each primary that has replicas is watched, and nobody else', async () => {
  const { pulses, judgement } = await watched([]);
  expect([...pulses.keys()].toSorted()).toEqual(['a', 'b']);
  expect(judgement).toBeUndefined();
});

test('one that does not answer is suspected, also where its replica does not answer either', async () => {
  const { judgement, pulses } = await watched(['b', 'b1']);
  expect(judgement).toBeDefined();
  expect(pulses.get('a')?.length).toBeGreaterThan(2);
});

test('one that is no primary any more is watched no longer, and its successor is', async () => {
  const handed = cluster('cache', 'redis-cluster')
    .primary('a1')
    .primary('b')
    .replica('a', { source: 'a1' })
    .replica('b1', { source: 'b' })
    .topology();
  const { pulses } = await watched([], { atMs: 1_000, topology: handed });
  expect(Math.max(...(pulses.get(serverId('a')) ?? []))).toBeLessThan(1_500);
  expect(pulses.get(serverId('a1'))?.length).toBeGreaterThan(2);
});
