import { expect, it } from 'vitest';
import type { EngineKind } from '../observation.ts';
import { copyRefusal, roomRefusal } from './copy-refusal.ts';

const server = (engine: EngineKind, text: string) => {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return { engine, version: { text, major, minor, patch } };
};

it.each<[EngineKind, string, string, boolean]>([
  ['mysql', '9.7.4', '9.7.1', true],
  ['mysql', '9.7.4', '9.6.0', false],
  ['mysql', '8.0.40', '8.0.37', true],
  ['mysql', '8.0.36', '8.0.36', true],
  ['mysql', '8.0.36', '8.0.37', false],
  ['mysql', '8.0.40', '8.0.36', false],
  ['mariadb', '10.11.19', '10.11.8', true],
  ['mariadb', '10.11.19', '11.4.2', false],
])('%s %s as a copy of %s: %s', (engine, own, theirs, may) => {
  expect(copyRefusal(server(engine, own), server(engine, theirs)) === undefined).toBe(may);
});

const mebi = 1024 * 1024;

it('what goes before the copy counts as room, and a little more than the data is needed', () => {
  expect(roomRefusal({ needed: 100 * mebi, free: 105 * mebi, freed: 0 })).toBeUndefined();
  expect(roomRefusal({ needed: 100 * mebi, free: 5 * mebi, freed: 100 * mebi })).toBeUndefined();
  expect(roomRefusal({ needed: 100 * mebi, free: 4 * mebi, freed: 100 * mebi })).toBe(
    'the copy needs 105 MiB on its disk, and 104 MiB are there',
  );
});
