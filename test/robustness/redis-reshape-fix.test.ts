/** Slots of a real Redis Cluster that are half moved, contested or nobody's get one owner, with all their keys. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeIn } from '../../src/core/shards/cluster-view.ts';
import { containsSlot } from '../../src/core/shards/slots.ts';
import type { ClusterNodeLink } from '../../src/engines/redis-cluster/cluster-node.ts';
import { type ClusterScene, startClusterScene } from '../engine/redis-cluster-scene.ts';
import { call } from '../kit/call.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { tagOfSlot } from '../kit/redis/key-slot.ts';
import { asked, fill, lostOf, openSlots, reshape, sharesOf, told } from './redis-reshape-scene.ts';

const KEYS_EACH = 30;

let scene: ClusterScene;
let control: TestControl;
let db1: ClusterNodeLink;
let db2: ClusterNodeLink;
let db3: ClusterNodeLink;
let all: readonly ClusterNodeLink[];

const key = (slot: number, n: number): string => `${tagOfSlot(slot)}k:${n}`;
const numbers = Array.from({ length: KEYS_EACH }, (_, n) => n);

/** At db1, which owns the low slots. */
async function put(slot: number): Promise<void> {
  await db1.send(
    'put',
    numbers.map((n) => ['SET', key(slot, n), `${n}`] as const),
    call(),
  );
}

/** Half of its keys, or all but one of `share`, go to `to`, by the means of a move. */
async function moveHalf(slot: number, to: ClusterNodeLink, share = 2): Promise<void> {
  const keys = numbers.filter((n) => n % share !== 0).map((n) => key(slot, n));
  const { host, port } = to.address;
  await db1.call(['MIGRATE', host, port, '', 0, 5000, 'KEYS', ...keys], call());
}

beforeAll(async () => {
  scene = await startClusterScene({ primaries: 3, replicasEach: 0, nodeTimeoutMs: 15_000 });
  [db1, db2, db3] = [scene.link('db1'), scene.link('db2'), scene.link('db3')];
  all = [db1, db2, db3];
  control = await startControl(scene.cluster);
});
afterAll(async () => {
  await control[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

const importing = (slot: number, at: ClusterNodeLink, from = 'db1') =>
  at.setSlotImporting(slot, scene.id(from), call());
const migrating = (slot: number, to: string) => db1.setSlotMigrating(slot, scene.id(to), call());
const nobodys = async (slot: number): Promise<void> => {
  const set = [{ first: slot, last: slot }];
  for (const node of all) await node.delSlots(set, call());
};

const cases: readonly {
  readonly name: string;
  readonly owner: string;
  readonly how: string;
  readonly make: (slot: number) => Promise<void>;
}[] = [
  {
    name: 'half-way between two nodes',
    owner: 'db2',
    how: 'finish',
    make: async (slot) => {
      await importing(slot, db2);
      await migrating(slot, 'db2');
      await moveHalf(slot, db2);
    },
  },
  {
    name: 'migrating, and nobody imports it',
    owner: 'db1',
    how: 'close',
    make: async (slot) => {
      await migrating(slot, 'db2');
    },
  },
  {
    name: 'imported without keys, and nobody gives it',
    owner: 'db1',
    how: 'close',
    make: async (slot) => {
      await importing(slot, db3);
    },
  },
  {
    name: 'imported with keys, and not migrating any more',
    owner: 'db1',
    how: 'gather',
    make: async (slot) => {
      await importing(slot, db3);
      await migrating(slot, 'db3');
      await moveHalf(slot, db3);
      await db1.setSlotStable(slot, call());
    },
  },
  {
    name: 'migrating to one and imported by another',
    owner: 'db1',
    how: 'gather',
    make: async (slot) => {
      await importing(slot, db3);
      await migrating(slot, 'db3');
      await moveHalf(slot, db3);
      await migrating(slot, 'db2');
    },
  },
  {
    name: 'imported by two without keys',
    owner: 'db2',
    how: 'finish',
    make: async (slot) => {
      await importing(slot, db2);
      await importing(slot, db3);
      await migrating(slot, 'db2');
    },
  },
  {
    name: 'given to the target, which the source was not told',
    owner: 'db2',
    how: 'settle',
    make: async (slot) => {
      await importing(slot, db2);
      await migrating(slot, 'db2');
      await moveHalf(slot, db2, 5);
      await db2.send(
        'take',
        [['MULTI'], ['CLUSTER', 'DELSLOTS', slot], ['CLUSTER', 'ADDSLOTS', slot], ['EXEC']],
        call(),
      );
    },
  },
  {
    name: 'nobody’s, with keys at one node',
    owner: 'db1',
    how: 'claim-keys',
    make: nobodys,
  },
];

describe('a slot that is', () => {
  test.each(cases)('$name', async ({ owner, how, make, name }) => {
    const slot = 10 + cases.findIndex((each) => each.name === name);
    await put(slot);
    await make(slot);
    const planned = await control.controller.planReshape(asked({ what: 'fix' }));
    if (!planned.ok) throw new Error(JSON.stringify(planned.refusals));
    const actions = planned.plan.steps.flatMap(({ action }) =>
      action.verb === 'repair-slots' ? [action] : [],
    );
    expect(actions.map((action) => [action.slots, action.server.name])).toEqual([
      [`${slot}`, expect.any(String)],
    ]);
    const refused = await reshape(control, { what: 'rebalance', threshold: 0 });
    expect(refused.status, told(refused)).toBe('refused');

    const fixed = await reshape(control, { what: 'fix' });
    expect(fixed.status, told(fixed)).toBe('succeeded');
    expect(actions[0]).toMatchObject({ how, server: { name: owner } });
    expect(await openSlots(scene)).toEqual([]);
    await scene.cluster.agreed();
    for (const { name: by } of scene.cluster.servers) {
      const node = nodeIn(await scene.view(by), scene.id(owner));
      expect(node && containsSlot(node.slots, slot), `${by} on ${slot}`).toBe(true);
    }
    const counts = await Promise.all(all.map((node) => node.countKeysInSlots([slot], call())));
    const at = ['db1', 'db2', 'db3'].indexOf(owner);
    expect(counts.flat()).toEqual([0, 1, 2].map((n) => (n === at ? KEYS_EACH : 0)));
    for (const n of numbers) expect(await scene.link(owner).call(['GET', key(slot, n)], call())).toBe(`${n}`);
  });

  test('as it should be is left alone', async () => {
    const refused = await reshape(control, { what: 'fix' });
    expect(refused.refusals).toEqual([
      {
        code: 'nothing-to-change',
        fact: 'every slot has one owner, and none is on its way',
        needs: 'something to change',
      },
    ]);
  });
});

test('the slots of a primary that is gone for good go to the others by a person’s word alone', async () => {
  await using own = await startClusterScene({ primaries: 3, replicasEach: 0, nodeTimeoutMs: 1_000 });
  await using its = await startControl(own.cluster);
  await own.server('db3').kill();
  await until('the others to notice', SOON, async () => {
    return (await own.view('db1')).nodes.some(({ flags }) => flags.includes('fail'));
  });
  const refused = await reshape(its, { what: 'fix' });
  expect(refused.refusals?.[0]).toMatchObject({
    code: 'node-unreachable',
    fact: 'db3 does not answer, and may have keys of these slots',
  });
  const fixed = await reshape(its, { what: 'fix', withoutUnreachable: true });
  expect(fixed.status, told(fixed)).toBe('succeeded');
  expect(fixed.plan?.warnings).toEqual(['what only db3 has is lost']);
  const shares = await sharesOf(own);
  expect([...shares.values()]).toEqual([8192, 8192]);
  const living = own.cluster.servers.filter(({ running }) => running);
  await fill(living, 300);
  expect(await lostOf(living, 300)).toEqual([]);
});
