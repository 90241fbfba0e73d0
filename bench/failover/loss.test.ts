import { describe, expect, it } from 'vitest';
import type { Loss } from '../../src/core/operation.ts';
import { disagreements } from './loss.ts';

const loss = (verdict: Loss['verdict'], transactions = 0): Loss => ({
  verdict,
  transactions,
  names: '',
  because: 'so it is',
});

describe('disagreements', () => {
  it('are none where nothing was lost and nothing is said to be', () => {
    expect(disagreements({ reported: loss('none'), lost: 0 })).toEqual([]);
  });

  it('are none where the loss was called possible, whatever was lost', () => {
    expect(disagreements({ reported: loss('possible'), lost: 0 })).toEqual([]);
    expect(disagreements({ reported: loss('possible'), lost: 3 })).toEqual([]);
  });

  it.each([
    ['nothing is said', { lost: 0 }, 'says nothing of losses'],
    ['none is said and one was', { reported: loss('none'), lost: 1 }, '1 acknowledged writes were'],
    [
      'more was lost than the old primary has',
      { reported: loss('possible'), lost: 4, onlyOld: 3, surplus: 3 },
      'has only 3 of its own',
    ],
    [
      'more is named than is on the disk',
      { reported: loss('known', 5), lost: 1, onlyOld: 2, surplus: 2 },
      '5 are said to be missing',
    ],
    [
      'the rejoin counts otherwise',
      { reported: loss('possible'), lost: 1, onlyOld: 2, surplus: 1 },
      'the rejoin says 1',
    ],
    [
      'the rejoin does not count',
      { reported: loss('possible'), lost: 1, onlyOld: 2 },
      'the rejoin says nothing',
    ],
  ])('are told where %s', (_where, facts, word) => {
    expect(disagreements(facts).join('; ')).toContain(word);
  });

  it('are none where writes that nobody was told of are on the old primary as well', () => {
    expect(disagreements({ reported: loss('known', 2), lost: 1, onlyOld: 2, surplus: 2 })).toEqual([]);
  });
});
