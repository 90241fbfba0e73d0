import { describe, expect, it } from 'vitest';
import { judge, judgementTable } from './judge-primary.ts';
import type { Statement, Testimony, WitnessKind } from './testimony.ts';

const statements: readonly (Statement | undefined)[] = [
  undefined,
  'serves',
  'gone',
  'silent',
  'stuck',
  'cannot-tell',
];

const testimony = (kind: WitnessKind, says: Statement | undefined): readonly Testimony[] =>
  says === undefined ? [] : [{ kind, witness: kind, says, fact: '', at: 0 }];

function* everything(): Generator<readonly Testimony[]> {
  for (const controller of statements)
    for (const agent of statements)
      for (const peer of statements)
        for (const one of statements)
          for (const two of statements) {
            yield [
              ...testimony('controller', controller),
              ...testimony('agent', agent),
              ...testimony('peer', peer),
              ...[one, two].flatMap((says) => testimony('replica', says)),
            ];
          }
}

const lost = ({ says }: Testimony): boolean => says === 'gone' || says === 'silent';
const kinds = (given: readonly Testimony[]): number => new Set(given.map(({ kind }) => kind)).size;

describe('the judgement of a primary', () => {
  it('never is dead without two witnesses of different kinds who have lost it', () => {
    for (const given of everything()) {
      const { verdict, rule } = judge(given);
      const byWitnesses = verdict === 'dead' && rule !== 'disk-stuck';
      expect(!byWitnesses || kinds(given.filter(lost)) > 1).toBe(true);
    }
  });

  it('never is dead while anybody sees it serve, but for a stuck disk, which serves reads', () => {
    for (const given of everything()) {
      const { verdict, rule } = judge(given);
      const seen = rule !== 'disk-stuck' && given.some(({ says }) => says === 'serves');
      expect(seen && verdict === 'dead').toBe(false);
    }
  });

  it('never is dead by the word of replicas while one may yet see it serve', () => {
    for (const given of everything()) {
      const { verdict, rule } = judge(given, { open: ['db4'] });
      expect(verdict !== 'dead' || ['disk-stuck', 'gone-says-its-host'].includes(rule)).toBe(true);
    }
  });

  it('nor while one that must not be put to the test may be fed, unless its own host has lost it', () => {
    for (const given of everything()) {
      const { verdict, rule } = judge(given, { open: [], untestable: ['db4'] });
      const host = given.some((each) => each.kind === 'agent' && lost(each));
      const wanted = host ? judge(given).verdict === 'dead' : rule === 'disk-stuck';
      expect(verdict === 'dead').toBe(wanted);
    }
  });

  it('is never alive because somebody has not been heard', () => {
    for (const given of everything()) {
      const alive = [[], ['db4']].map((open) => judge(given, { open }).verdict === 'alive');
      expect(alive[0]).toBe(alive[1]);
    }
  });

  it('is not made less dead by one more witness who has lost it', () => {
    for (const given of everything()) {
      if (judge(given).verdict !== 'dead') continue;
      expect(judge([...given, ...testimony('replica', 'silent')]).verdict).toBe('dead');
    }
  });

  it('uses every row', () => {
    const contexts = [{ open: [] }, { open: ['db4'] }];
    const used = new Set(
      [...everything()].flatMap((given) => contexts.map((context) => judge(given, context).rule)),
    );
    expect(judgementTable.map(({ id }) => id).filter((id) => !used.has(id))).toEqual([]);
  });

  it.each<[string, readonly Testimony[], string]>([
    [
      'refused here, lost by a replica',
      [...testimony('controller', 'gone'), ...testimony('replica', 'gone')],
      'dead',
    ],
    ['refused here alone', testimony('controller', 'gone'), 'unsure'],
    [
      'refused here, fed replica',
      [...testimony('controller', 'gone'), ...testimony('replica', 'serves')],
      'alive',
    ],
    [
      'replicas cut off only',
      [...testimony('controller', 'serves'), ...testimony('replica', 'silent')],
      'alive',
    ],
    [
      'silent, replication stopped by hand',
      [...testimony('controller', 'silent'), ...testimony('replica', 'cannot-tell')],
      'unsure',
    ],
    [
      'refused here, answers another controller',
      [...testimony('controller', 'gone'), ...testimony('replica', 'gone'), ...testimony('peer', 'serves')],
      'alive',
    ],
    [
      'silent here and to another controller',
      [...testimony('controller', 'silent'), ...testimony('peer', 'silent')],
      'dead',
    ],
    ['silent, process gone', [...testimony('controller', 'silent'), ...testimony('agent', 'gone')], 'dead'],
    [
      'silent, host sees it serve',
      [
        ...testimony('controller', 'silent'),
        ...testimony('replica', 'silent'),
        ...testimony('agent', 'serves'),
      ],
      'alive',
    ],
  ])('%s', (_what, given, verdict) => {
    expect(judge(given).verdict).toBe(verdict);
  });

  it.each<[string, readonly Testimony[], number, string]>([
    [
      'two controllers of four observers',
      [...testimony('controller', 'silent'), ...testimony('peer', 'silent')],
      4,
      'unsure',
    ],
    [
      'two of four are silent',
      [...testimony('controller', 'silent'), ...testimony('replica', 'silent')],
      4,
      'unsure',
    ],
    [
      'two of three are silent',
      [...testimony('controller', 'silent'), ...testimony('replica', 'silent')],
      3,
      'dead',
    ],
    [
      'two of four, and it refuses',
      [...testimony('controller', 'gone'), ...testimony('replica', 'silent')],
      4,
      'dead',
    ],
  ])('a silence needs more than half of all observers: %s', (_what, given, observers, verdict) => {
    expect(judge(given, { open: [], observers }).verdict).toBe(verdict);
  });
});
