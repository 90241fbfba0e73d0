import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { configurationPage } from './configuration-page.ts';
import { describeConfiguration } from './describe-configuration.ts';

test('every key is described', () => {
  const keys = describeConfiguration();
  expect(keys.filter(({ meaning }) => meaning === '')).toEqual([]);
  expect(new Set(keys.map(({ path }) => path)).size).toBe(keys.length);
  expect(keys.find(({ path }) => path === 'clusters[].switchover.grace')).toEqual({
    path: 'clusters[].switchover.grace',
    type: 'duration',
    default: '500ms',
    required: false,
    meaning: 'How long running transactions may go on before the primary is frozen.',
    group: false,
  });
  expect(keys.find(({ path }) => path === 'clusters[].engine')).toMatchObject({
    type: '`mariadb` or `mysql` or `redis` or `redis-cluster`',
    required: true,
  });
});

test('the reference page is up to date; scripts/generate-docs.ts makes it anew', async () => {
  const page = new URL('../../../docs/reference/configuration.md', import.meta.url);
  expect(await readFile(page, 'utf8')).toBe(configurationPage());
});
