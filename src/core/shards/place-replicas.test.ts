import { describe, expect, test } from 'vitest';
import { pictureCluster } from './picture-cluster.ts';
import {
  adoptOrphans,
  neediestPrimary,
  type OrphanQuestion,
  type ReplicaMove,
  separateReplicas,
} from './place-replicas.ts';
import { places } from './testing/places.ts';
import { type ClusterTraits, id, viewsOf } from './testing/shard-cluster.ts';

const rich: ClusterTraits = {
  shards: {
    a: { slots: '0-5460', epoch: 1 },
    b: { slots: '5461-10922', epoch: 2, replicas: ['b1', 'b2', 'b3'] },
    c: { slots: '10923-16383', epoch: 3, replicas: ['c1', 'c2', 'c3'] },
  },
};
const brief = (moves: readonly ReplicaMove[]): readonly string[] =>
  moves.map(({ replica, from, to, because }) => `${replica} ${from}>${to} ${because}`);
const adopt = (
  traits: ClusterTraits,
  more: Partial<OrphanQuestion> = {},
  ...silent: readonly string[]
): readonly string[] =>
  brief(
    adoptOrphans({
      picture: pictureCluster(viewsOf(traits, ...silent)),
      placements: new Map(),
      barrier: 1,
      ...more,
    }),
  );

describe('an orphaned primary', () => {
  test('gets the replica with the smallest id of all shards that have the most', () => {
    expect(adopt(rich)).toEqual(['b1 b>a orphaned-primary']);
  });

  test('rather gets one that is elsewhere than it is itself', () => {
    const placements = places({
      a: 'h1/z1',
      b1: 'h1/z1',
      b2: 'h2/z1',
      b3: 'h3/z1',
      c1: 'h4/z1',
      c2: 'h5/z2',
    });
    expect(adopt(rich, { placements })).toEqual(['c2 c>a orphaned-primary']);
  });

  test('gets none when the giver would fall to the barrier', () => {
    expect(adopt(rich, { barrier: 3 })).toEqual([]);
    expect(adopt(rich, { barrier: 2 })).toHaveLength(1);
    const poor = {
      shards: {
        ...rich.shards,
        b: { ...rich.shards.b, replicas: ['b1'] },
        c: { ...rich.shards.c, replicas: ['c1'] },
      },
    };
    expect(adopt(poor, { barrier: 0 })).toEqual([]);
  });

  test('gets none while the cluster is down, when it has no slots, is dead, or never had one', () => {
    expect(adopt({ ...rich, state: 'fail' })).toEqual([]);
    expect(adopt({ shards: { ...rich.shards, a: { slots: '0-5459', epoch: 1 } } })).toEqual([]);
    expect(adopt({ ...rich, flags: { a: ['fail'] } }, {}, 'a')).toEqual([]);
    expect(adopt(rich, { hadReplicas: new Set() })).toEqual([]);
    expect(adopt(rich, { hadReplicas: new Set([id('a')]) })).toHaveLength(1);
    const empty = {
      shards: { ...rich.shards, a: { slots: '0-5460', epoch: 1, replicas: ['a1'] }, d: { epoch: 4 } },
    };
    expect(adopt(empty)).toEqual([]);
  });

  test('counts replicas that live, on both sides', () => {
    const failed: ClusterTraits = {
      shards: { ...rich.shards, a: { slots: '0-5460', epoch: 1, replicas: ['a1'] } },
      flags: { a1: ['fail'], b1: ['fail'], b2: ['fail'], b3: ['fail'] },
    };
    expect(adopt(failed, { hadReplicas: new Set() }, 'a1', 'b1', 'b2', 'b3')).toEqual(
      ['c1 c>a orphaned-primary', 'c2 c>b orphaned-primary'].slice(0, 2),
    );
  });

  test('takes its turn: what one has got the next does not get', () => {
    const two = {
      shards: {
        ...rich.shards,
        d: { slots: '16000-16383', epoch: 4 },
        c: { slots: '10923-15999', epoch: 3, replicas: ['c1', 'c2', 'c3'] },
      },
    };
    expect(adopt(two)).toEqual(['b1 b>a orphaned-primary', 'c1 c>d orphaned-primary']);
  });
});

describe('a replica beside its primary', () => {
  const three: ClusterTraits = {
    shards: {
      a: { slots: '0-5460', epoch: 1, replicas: ['a1'] },
      b: { slots: '5461-10922', epoch: 2, replicas: ['b1'] },
      c: { slots: '10923-16383', epoch: 3, replicas: ['c1'] },
    },
  };
  const separate = (labels: Readonly<Record<string, string>>, zones: boolean): readonly string[] =>
    brief(separateReplicas(pictureCluster(viewsOf(three)), places(labels), { zones }));

  test('changes places with one of another shard', () => {
    expect(separate({ a: 'h1', a1: 'h1', b: 'h2', b1: 'h3', c: 'h3', c1: 'h2' }, false)).toEqual([
      'a1 a>b same-host',
      'b1 b>a same-host',
    ]);
  });

  test('stays when no exchange helps, and for a zone only if that is asked for', () => {
    expect(separate({ a: 'h1', a1: 'h1', b: 'h1', b1: 'h1', c: 'h1', c1: 'h1' }, false)).toEqual([]);
    const zoned = { a: 'h1/z1', a1: 'h2/z1', b: 'h3/z2', b1: 'h4/z2', c: 'h5/z3', c1: 'h6/z1' };
    expect(separate(zoned, false)).toEqual([]);
    expect(separate(zoned, true)).toEqual(['a1 a>b same-zone', 'b1 b>a same-zone']);
  });
});

test('a new replica is most needed where there are fewest, and of those where it is alone', () => {
  const picture = pictureCluster(viewsOf({ ...rich, shards: { ...rich.shards, d: { epoch: 9 } } }));
  expect(neediestPrimary(picture, id('x'), new Map())).toBe('a');
  const even = pictureCluster(
    viewsOf({ shards: { a: { slots: '0-5460', epoch: 1 }, b: { slots: '5461-16383', epoch: 2 } } }),
  );
  expect(neediestPrimary(even, id('x'), places({ x: 'h1', a: 'h1', b: 'h2' }))).toBe('b');
  expect(neediestPrimary(pictureCluster([]), id('x'), new Map())).toBeUndefined();
});
