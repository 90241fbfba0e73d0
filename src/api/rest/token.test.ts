import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOrMakeToken } from './token.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dauphin-token-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test('the first start makes 32 random bytes that only the owner may read', async () => {
  const dataDirectory = path.join(directory, 'data');
  const { token, file } = await readOrMakeToken(dataDirectory);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(await readFile(file, 'utf8')).toBe(`${token}\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(dataDirectory)).toEqual(['token']);
});

test('later starts read the same one', async () => {
  const { token } = await readOrMakeToken(directory);
  expect((await readOrMakeToken(directory)).token).toBe(token);
});

test('two that start at the same moment have the same one', async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => readOrMakeToken(directory)));
  expect(new Set(made.map(({ token }) => token)).size).toBe(1);
  expect(await readdir(directory)).toEqual(['token']);
});

test.each(['', 'short', 'with a space inside it'])(
  'a file that holds %j is refused by name',
  async (text) => {
    await writeFile(path.join(directory, 'token'), text);
    await expect(readOrMakeToken(directory)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(path.join(directory, 'token')) as string,
    });
  },
);

test('a directory that cannot be made is refused by name', async () => {
  await writeFile(path.join(directory, 'file'), '');
  await chmod(path.join(directory, 'file'), 0o600);
  await expect(readOrMakeToken(path.join(directory, 'file'))).rejects.toMatchObject({
    code: 'config-invalid',
  });
});
