import { expect, test } from 'vitest';
import { compareNames } from './compare-names.ts';

test('numbers in names count as numbers', () => {
  expect(['db10', 'db2', 'db1'].sort(compareNames)).toEqual(['db1', 'db2', 'db10']);
});

test('different names never compare as equal', () => {
  expect(compareNames('db01', 'db1')).not.toBe(0);
  expect(compareNames('db1', 'db01')).toBe(-compareNames('db01', 'db1'));
  expect(compareNames('db1', 'db1')).toBe(0);
});
