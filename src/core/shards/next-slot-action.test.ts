import { describe, expect, test } from 'vitest';
import { type NextSlotAction, nextSlotAction, type SlotWord, slotWords } from './next-slot-action.ts';
import { id, threeShards, viewsOf } from './testing/shard-cluster.ts';

const [s, t, x] = [id('s'), id('t'), id('x')];
const move = { slot: 7, from: s, to: t };
const primary = (owner: typeof s, more: Partial<SlotWord> = {}): SlotWord => ({
  primary: true,
  owner,
  ...more,
});
const next = (words: readonly (readonly [typeof s, SlotWord])[], keysLeft = 0): NextSlotAction =>
  nextSlotAction({ ...move, words: new Map(words), keysLeft });

describe('the way of a slot', () => {
  const importing = primary(s, { importingFrom: s });
  const migrating = primary(s, { migratingTo: t });

  test.each([
    [
      'the target is ready first',
      primary(s),
      primary(s),
      2,
      { act: 'set-importing', at: t, slot: 7, from: s },
    ],
    [
      'then the source sends clients on',
      primary(s),
      importing,
      2,
      { act: 'set-migrating', at: s, slot: 7, to: t },
    ],
    ['then the keys go', migrating, importing, 2, { act: 'move-keys', slot: 7, from: s, to: t }],
    ['then the target owns it', migrating, importing, 0, { act: 'set-owner', at: t, slot: 7, owner: t }],
    ['then the source knows', migrating, primary(t), 0, { act: 'set-owner', at: s, slot: 7, owner: t }],
    ['then the others know', primary(t), primary(t), 0, { act: 'set-owner', at: x, slot: 7, owner: t }],
  ] as const)('%s', (...[, source, target, keys, action]) => {
    expect(
      next(
        [
          [s, source],
          [t, target],
          [x, primary(s)],
        ],
        keys,
      ),
    ).toEqual({ kind: 'act', action });
  });

  test('ends when all know', () => {
    expect(
      next([
        [s, primary(t)],
        [t, primary(t)],
        [x, primary(t)],
      ]),
    ).toEqual({ kind: 'done' });
  });

  test('ends when the source became a replica of the target with its last slot', () => {
    expect(
      next([
        [s, { primary: false, owner: t }],
        [t, primary(t)],
      ]),
    ).toEqual({ kind: 'done' });
  });
});

describe('a slot is stuck', () => {
  test.each([
    ['source-silent', s, [[t, primary(s)]]],
    ['target-silent', t, [[s, primary(s)]]],
    [
      'source-replaced',
      s,
      [
        [s, { primary: false, owner: x }],
        [t, primary(x)],
      ],
    ],
    [
      'target-replaced',
      t,
      [
        [s, primary(s)],
        [t, { primary: false, owner: s }],
      ],
    ],
    [
      'other-owner',
      s,
      [
        [s, primary(x)],
        [t, primary(s)],
      ],
    ],
    [
      'other-owner',
      x,
      [
        [s, primary(s)],
        [t, primary(s)],
        [x, primary(x)],
      ],
    ],
    [
      'other-move',
      s,
      [
        [s, primary(s, { migratingTo: x })],
        [t, primary(s)],
      ],
    ],
    [
      'other-move',
      t,
      [
        [s, primary(s)],
        [t, primary(s, { importingFrom: x })],
      ],
    ],
    [
      'other-move',
      x,
      [
        [s, primary(s)],
        [t, primary(s)],
        [x, primary(s, { importingFrom: s })],
      ],
    ],
  ] as const)('%s at %s', (because, node, words) => {
    expect(next(words, 1)).toEqual({ kind: 'stuck', because, node });
  });
});

test('the words are each node’s own', () => {
  const words = slotWords(
    viewsOf({
      ...threeShards,
      migrating: { a: [{ slot: 7, to: id('b') }] },
      importing: {
        b: [
          { slot: 7, from: id('a') },
          { slot: 8, from: id('a') },
        ],
      },
    }),
    7,
  );
  expect(words.get(id('a'))).toEqual({ primary: true, owner: 'a', migratingTo: 'b' });
  expect(words.get(id('b'))).toEqual({ primary: true, owner: 'a', importingFrom: 'a' });
  expect(words.get(id('a1'))).toEqual({ primary: false, owner: 'a' });
});
