import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CliIo } from './cli-io.ts';
import { type GlobalOptions, readSettings } from './settings.ts';

let directory: string;
let file: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dauphin-cli-'));
  file = path.join(directory, 'token');
  await writeFile(file, 'from-the-file\n');
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function settings(options: GlobalOptions, env: CliIo['env'] = {}, isTTY = true) {
  const nowhere = { write: () => undefined };
  return readSettings(options, { stdout: nowhere, stderr: nowhere, env, isTTY });
}

test('without anything, the controller on this machine', async () => {
  expect(await settings({})).toEqual({ url: 'http://127.0.0.1:7432', json: false, colour: true });
});

test('an option wins over the environment', async () => {
  const env = { DAUPHIN_URL: 'http://env:1', DAUPHIN_TOKEN: 'from-env', DAUPHIN_TOKEN_FILE: '/nowhere' };
  expect(await settings({}, env)).toMatchObject({ url: 'http://env:1', token: 'from-env' });
  expect(await settings({ url: 'https://option/base/', token: 'given' }, env)).toMatchObject({
    url: 'https://option/base',
    token: 'given',
  });
  expect(await settings({ tokenFile: file }, env)).toMatchObject({ token: 'from-the-file' });
});

test('the file may be named by the environment; empty variables are none', async () => {
  const env = { DAUPHIN_TOKEN: '', DAUPHIN_TOKEN_FILE: file, DAUPHIN_URL: '', NO_COLOR: '' };
  expect(await settings({}, env)).toEqual({
    url: 'http://127.0.0.1:7432',
    token: 'from-the-file',
    json: false,
    colour: true,
  });
});

test('colour only on a terminal, and only when nobody objects', async () => {
  expect((await settings({}, {}, false)).colour).toBe(false);
  expect((await settings({ color: false })).colour).toBe(false);
  expect((await settings({ color: true }, { NO_COLOR: '1' })).colour).toBe(false);
});

test.each([
  [{ url: '127.0.0.1:7432' }, 'the URL of the controller is not one: 127.0.0.1:7432'],
  [{ url: 'ftp://x' }, 'the URL of the controller is not one: ftp://x'],
  [{ tokenFile: '/nowhere/token' }, 'the token file cannot be read: ENOENT'],
  [{ token: 'two words' }, 'the token does not hold a token'],
])('%j is wrong usage', async (options, message) => {
  await expect(settings(options)).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(message) as string,
  });
});
