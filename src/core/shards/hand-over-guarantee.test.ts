import { describe, expect, test } from 'vitest';
import { shardOf } from './cluster-picture.ts';
import type { HandOverMode } from './hand-over-facts.ts';
import { handOverGuarantee, handOverWarnings } from './hand-over-guarantee.ts';
import { pictureCluster } from './picture-cluster.ts';
import { type ClusterTraits, id, threeShards, viewsOf } from './testing/shard-cluster.ts';

describe('what is promised', () => {
  const names = { primary: 'a', candidate: 'a1' };

  test('by default nothing is lost', () => {
    expect(handOverGuarantee({ ...names, mode: 'default', primaryIs: 'alive' })).toEqual({
      loses: false,
      text: 'no acknowledged write is lost: a holds its writes, and a1 has them all before it is elected',
    });
  });

  test.each(['force', 'takeover'] as const)(
    '%s on a primary that lives loses acknowledged writes',
    (mode) => {
      const { loses, text } = handOverGuarantee({ ...names, mode, primaryIs: 'alive' });
      expect(loses).toBe(true);
      expect(text).toMatch(/^acknowledged writes are lost: a goes on taking writes until it hears of a1/);
      expect(handOverGuarantee({ ...names, mode, primaryIs: 'unsure' }).text).toMatch(
        /is lost; if it still runs, so is what it takes until it hears of a1/,
      );
    },
  );

  test('a primary that is down has lost what it had not sent', () => {
    const { loses, text } = handOverGuarantee({ ...names, mode: 'force', primaryIs: 'down' });
    expect(loses).toBe(true);
    expect(text).toMatch(/^what a acknowledged and had not sent to a1 is lost; nothing/);
  });
});

describe('what speaks against it', () => {
  const warned = (
    traits: ClusterTraits,
    mode: HandOverMode,
    ...silent: readonly string[]
  ): readonly string[] => {
    const picture = pictureCluster(viewsOf(traits, ...silent));
    const shard = shardOf(picture, id('a'));
    return shard === undefined
      ? ['no shard']
      : handOverWarnings({ picture, shard, mode, name: (it) => it }).map(({ code }) => code);
  };

  test('nothing, in a healthy shard', () => {
    expect(warned(threeShards, 'default')).toEqual([]);
    expect(warned(threeShards, 'force')).toEqual([]);
  });

  test('a suspicion, slots on their way, the epoch of a takeover, no replica left', () => {
    expect(warned({ ...threeShards, flags: { a: ['pfail'] } }, 'default')).toEqual(['primary-suspected']);
    expect(warned({ ...threeShards, migrating: { a: [{ slot: 1, to: id('b') }] } }, 'force')).toEqual([
      'slots-open',
    ]);
    expect(warned(threeShards, 'takeover')).toEqual(['epoch-may-collide']);
    expect(warned(threeShards, 'force', 'a')).toEqual(['last-replica']);
  });
});
