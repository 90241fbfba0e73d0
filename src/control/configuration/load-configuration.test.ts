import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { loadConfiguration } from './load-configuration.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/configuration-`);
});
afterAll(() => rm(folder, { recursive: true }));

test('relative paths start from the folder of the file, wherever it is read from', async () => {
  await writeFile(`${folder}/password`, 'secret\n');
  await writeFile(
    `${folder}/dauphin.yaml`,
    'dataDir: data\ncredentials: {admin: {passwordFile: password}}\n',
  );
  const { dataDir, credentials } = loadConfiguration(`${folder}/dauphin.yaml`);
  expect(dataDir).toBe(`${folder}/data`);
  expect(credentials.admin.password).toBe('secret');
});

test('without a file everything is as it is by default', () => {
  expect(loadConfiguration(undefined).listen.port).toBe(7432);
});

test('a file that was named must be there', () => {
  const load = () => loadConfiguration(`${folder}/other.yaml`);
  expect(load).toThrow(Fault);
  expect(load).toThrow(`${folder}/other.yaml: there is no such file`);
});

test('a folder is no file', () => {
  expect(() => loadConfiguration(folder)).toThrow(/EISDIR/);
});
