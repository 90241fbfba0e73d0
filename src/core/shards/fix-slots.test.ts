import { describe, expect, test } from 'vitest';
import { actionsOf, type FixQuestion, fixSlots, slotsToCount, summarizeRepairs } from './fix-slots.ts';
import { pictureCluster } from './picture-cluster.ts';
import type { SlotRepair } from './slot-repair.ts';
import { formatSlots } from './slots.ts';
import { type ClusterTraits, id, threeShards, viewBy, viewsOf } from './testing/shard-cluster.ts';

type Keys = Readonly<Record<string, number>>;

function question(views: FixQuestion['views'], keys: Keys = {}): FixQuestion {
  return { picture: pictureCluster(views), views, keys: (node) => keys[node] ?? 0 };
}
function fix(asked: FixQuestion): readonly SlotRepair[] {
  const planned = fixSlots(asked);
  if (!planned.ok) throw new Error(JSON.stringify(planned.refusals));
  return planned.plan;
}
/** `move-keys a>b`, `claim b`: without the slot. */
const brief = (repairs: readonly SlotRepair[]): readonly string[] =>
  actionsOf(repairs).map((action) => {
    if (action.act === 'move-keys') return `move-keys ${action.from}>${action.to}`;
    return action.act === 'set-owner'
      ? `set-owner ${action.owner} at ${action.at}`
      : `${action.act} ${action.at}`;
  });
const opened = (
  migrating: Readonly<Record<string, string>>,
  importing: Readonly<Record<string, string>>,
): ClusterTraits => ({
  ...threeShards,
  migrating: Object.fromEntries(Object.entries(migrating).map(([at, to]) => [at, [{ slot: 7, to: id(to) }]])),
  importing: Object.fromEntries(
    Object.entries(importing).map(([at, from]) => [at, [{ slot: 7, from: id(from) }]]),
  ),
});

describe('a fix', () => {
  test('of a healthy cluster does nothing', () => {
    expect(fix(question(viewsOf(threeShards)))).toEqual([]);
  });

  test('spreads slots that nobody owns and nobody has keys of over those with the fewest', () => {
    const views = viewsOf({
      shards: {
        a: { slots: '2-5460', epoch: 1 },
        b: { slots: '5461-10922', epoch: 2 },
        c: { slots: '10923-16383', epoch: 3 },
      },
    });
    const asked = question(views);
    expect(formatSlots(slotsToCount(asked))).toBe('0-1');
    expect(fix(asked).map(({ slot, how, owner }) => [slot, how, owner])).toEqual([
      [0, 'claim-empty', 'a'],
      [1, 'claim-empty', 'a'],
    ]);
    expect(summarizeRepairs(fix(asked))).toBe('claim-empty 2');
    expect(fix(asked)[0]?.actions[0]).toEqual({ act: 'set-owner', at: 'b', slot: 0, owner: 'a' });
  });

  test('gives a slot of nobody to the one with the most keys, and the others bring theirs', () => {
    const views = viewsOf({
      shards: { ...threeShards.shards, a: { slots: '1-5460', epoch: 1, replicas: ['a1'] } },
    });
    expect(brief(fix(question(views, { b: 1, c: 5 })))).toEqual([
      'set-owner c at a',
      'set-owner c at b',
      'set-importing b',
      'claim c',
      'move-keys b>c',
      'set-stable b',
    ]);
  });

  test('of two owners keeps the one with the most keys', () => {
    const { a, b, c = {} } = threeShards.shards;
    const other: ClusterTraits = {
      shards: { a: { ...a, slots: '0-5459' }, b: { ...b, slots: '5460-10922', epoch: 2 }, c },
    };
    const views = [...viewsOf(threeShards, 'b'), viewBy(other, 'b')];
    const repairs = fix(question(views, { a: 3, b: 4 }));
    expect(repairs).toMatchObject([{ slot: 5460, how: 'settle', owner: 'b' }]);
    expect(brief(repairs)).toEqual([
      'disown a',
      'set-owner b at a',
      'set-importing a',
      'set-owner b at c',
      'claim b',
      'move-keys a>b',
      'set-stable a',
    ]);
  });

  test.each([
    {
      state: 'case 1: half-way between two',
      traits: opened({ a: 'b' }, { b: 'a' }),
      keys: { a: 2, b: 3 },
      how: 'finish',
      does: ['move-keys a>b', 'set-owner b at b', 'set-owner b at a', 'set-owner b at c'],
    },
    {
      state: 'case 1 without the target’s half: keys lie there',
      traits: opened({ a: 'b' }, {}),
      keys: { a: 2, b: 3 },
      how: 'finish',
      does: ['set-importing b', 'move-keys a>b', 'set-owner b at b', 'set-owner b at a', 'set-owner b at c'],
    },
    {
      state: 'case 2: importing only',
      traits: opened({}, { b: 'a', c: 'a' }),
      keys: { a: 2, b: 3 },
      how: 'gather',
      does: ['move-keys b>a', 'set-stable b', 'set-stable c'],
    },
    {
      state: 'case 2 without keys',
      traits: opened({}, { b: 'a' }),
      keys: { a: 2 },
      how: 'close',
      does: ['set-stable b'],
    },
    {
      state: 'case 3: several import, and it is known where it was to go',
      traits: opened({ a: 'c' }, { b: 'a', c: 'a' }),
      keys: { a: 2 },
      how: 'finish',
      does: ['set-stable b', 'move-keys a>c', 'set-owner c at c', 'set-owner c at a', 'set-owner c at b'],
    },
    {
      state: 'case 4: migrating only',
      traits: opened({ a: 'b' }, {}),
      keys: { a: 2 },
      how: 'close',
      does: ['set-stable a'],
    },
    {
      state: 'what redis-cli cannot: keys at two importing nodes',
      traits: opened({ a: 'c' }, { b: 'a', c: 'a' }),
      keys: { a: 2, b: 1, c: 1 },
      how: 'gather',
      does: ['set-stable a', 'move-keys b>a', 'move-keys c>a', 'set-stable b', 'set-stable c'],
    },
  ])('$state', ({ traits, keys, how, does }) => {
    const repairs = fix(question(viewsOf(traits), keys));
    expect(repairs).toMatchObject([{ slot: 7, how }]);
    expect(brief(repairs)).toEqual(does);
  });

  test('waits for primaries that do not answer, unless what they have may be lost', () => {
    const asked = question(viewsOf(threeShards, 'a'));
    expect(fixSlots(asked)).toMatchObject({ ok: false, refusals: [{ code: 'node-unreachable' }] });
    const repairs = fix({ ...asked, withoutUnreachable: true });
    expect(repairs).toHaveLength(5_461);
    expect(new Set(repairs.map(({ how }) => how))).toEqual(new Set(['claim-empty']));
    expect(repairs.filter(({ owner }) => owner === id('b')).length).toBe(2_730);
    expect(fixSlots(question([]))).toMatchObject({ refusals: [{ code: 'no-primary' }] });
  });
});
