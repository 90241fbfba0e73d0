import { expect, it } from 'vitest';
import type { EngineKind } from '../core/observation.ts';
import { engines } from './registry.ts';
import { parseVersion } from './sql/version.ts';

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
  const { copyable } = engines[engine].restores;
  expect(copyable(parseVersion(own), parseVersion(theirs)) === undefined).toBe(may);
});
