import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

const known = ['name', 'engine', 'seeds', 'servers', 'switchover', 'dataCenter', 'grace'];

test.each([
  ['swichover', 'switchover'],
  ['swithcover', 'switchover'],
  ['data_center', 'dataCenter'],
  ['datacentre', 'dataCenter'],
  ['Engine', 'engine'],
  ['server', 'servers'],
  ['gracee', 'grace'],
])('%s is meant for %s', (word, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

test.each(['topology', 'xyz', 'port', ''])('%s is meant for none of them', (word) => {
  expect(nearest(word, known)).toBeUndefined();
});

test('nothing is near to nothing', () => {
  expect(nearest('name', [])).toBeUndefined();
});

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['', 'abc', 3],
  ['abc', 'abc', 0],
  ['abc', 'acb', 1],
  ['kitten', 'sitting', 3],
])('from %j to %j it takes %d edits', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
});
