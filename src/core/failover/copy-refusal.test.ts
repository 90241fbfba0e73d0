import { expect, it } from 'vitest';
import { roomRefusal } from './copy-refusal.ts';

const mebi = 1024 * 1024;

it('what goes before the copy counts as room, and a little more than the data is needed', () => {
  expect(roomRefusal({ needed: 100 * mebi, free: 105 * mebi, freed: 0 })).toBeUndefined();
  expect(roomRefusal({ needed: 100 * mebi, free: 5 * mebi, freed: 100 * mebi })).toBeUndefined();
  expect(roomRefusal({ needed: 100 * mebi, free: 4 * mebi, freed: 100 * mebi })).toBe(
    'the copy needs 105 MiB on its disk, and 104 MiB are there',
  );
});
