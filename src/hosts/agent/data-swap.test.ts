import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { position } from '../../core/positions.ts';
import {
  giveTo,
  handOver,
  makeRoom,
  requireData,
  settleCopy,
  spareBytes,
  swapData,
  sweep,
  unprovenCopy,
} from './data-swap.ts';

const nobody = 65534;
const { signal } = new AbortController();

let folder = '';
let data = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dauphin-swap-'));
  data = join(folder, 'data');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A folder beside the data, or the data itself, and what it says it is. */
async function put(suffix: string, words: string, ...marks: readonly string[]): Promise<void> {
  await mkdir(data + suffix);
  await writeFile(join(data + suffix, 'ibdata1'), words);
  for (const mark of marks) await writeFile(join(data + suffix, mark), '');
}

/** What each folder says it is. */
async function found(): Promise<Record<string, string>> {
  const names = await readdir(folder);
  const words = names.map((name) => readFile(join(folder, name, 'ibdata1'), 'utf8').catch(() => 'nothing'));
  const pairs = (await Promise.all(words)).map((text, at) => [names[at], text]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

async function takeCopy(words: string): Promise<string> {
  const fresh = await makeRoom(data, signal);
  await writeFile(join(fresh, 'ibdata1'), words);
  await handOver(fresh, data, position(`0-1-${words.length}`), signal);
  const aside = await swapData(data);
  await sweep(data);
  return aside;
}

const mark = '.dauphin-copy';

describe('a swap that stopped half way', () => {
  it.each([
    ['the old data', { '.dauphin-old': [], '.dauphin-new': [mark] }, '.dauphin-old'],
    [
      'the unproven copy, and not what that had replaced',
      { '.dauphin-old': [], '.dauphin-unproven': [mark], '.dauphin-new': [mark] },
      '.dauphin-unproven',
    ],
  ])('leaves %s in its place', async (_what, left, back) => {
    for (const [suffix, marks] of Object.entries(left)) await put(suffix, suffix, ...marks);
    requireData(data);
    const rest = Object.keys(left).filter((suffix) => suffix !== back);
    expect(await found()).toEqual({
      data: back,
      ...Object.fromEntries(rest.map((suffix) => [`data${suffix}`, suffix])),
    });
  });

  it('is not what a server has that is in its place, nor one of which nothing is left', async () => {
    await put('.dauphin-new', 'a copy');
    expect(() => requireData(data)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    await put('', 'the server');
    await put('.dauphin-old', 'old');
    requireData(data);
    expect(await found()).toMatchObject({ data: 'the server', 'data.dauphin-old': 'old' });
  });

  it('gives its data back before room is made for another copy', async () => {
    await put('.dauphin-old', 'all there was');
    await put('.dauphin-unproven', 'copy 1', mark);
    await makeRoom(data, signal);
    expect(await found()).toEqual({
      data: 'copy 1',
      'data.dauphin-old': 'all there was',
      'data.dauphin-new': 'nothing',
    });
  });
});

describe('a copy', () => {
  it('is not taken, and nothing is removed, where there is no data that it could replace', async () => {
    await put('.dauphin-new', 'an earlier try');
    await expect(makeRoom(data, signal)).rejects.toMatchObject({ code: 'config-invalid' });
    expect(await found()).toEqual({ 'data.dauphin-new': 'an earlier try' });
  });

  it('replaces the server’s data, which is kept, and one after it replaces that copy while it is unproven', async () => {
    await put('', 'the server');
    expect(await takeCopy('copy 1')).toBe(`${data}.dauphin-old`);
    expect(await found()).toEqual({ data: 'copy 1', 'data.dauphin-old': 'the server' });
    await takeCopy('copy 2');
    expect(await found()).toEqual({ data: 'copy 2', 'data.dauphin-old': 'the server' });
  });

  it('that was proven is old data in its turn', async () => {
    await put('', 'the server');
    await takeCopy('copy 1');
    expect((await settleCopy(data, true, signal)).bytes).toBeGreaterThan(0);
    await takeCopy('copy 2');
    expect(await found()).toEqual({ data: 'copy 2', 'data.dauphin-old': 'copy 1' });
  });

  it('says what it holds until it is proven', async () => {
    await put('', 'the server');
    expect(await unprovenCopy(data)).toEqual({});
    await takeCopy('copy');
    expect(await unprovenCopy(data)).toEqual({ position: '0-1-4' });
    await settleCopy(data, true, signal);
    expect(await unprovenCopy(data)).toEqual({});
  });

  it('that cannot come into its place leaves the server’s data there', async () => {
    await put('', 'the server');
    await expect(swapData(data)).rejects.toThrow('ENOENT');
    expect(await found()).toEqual({ data: 'the server' });
  });

  it('that is proven has no old data when that is to go, at once and also when the agent died meanwhile', async () => {
    await put('', 'the server');
    await takeCopy('copy');
    await put('.dauphin-gone-abc', 'left by an agent that died');
    expect(await settleCopy(data, false, signal)).toEqual({ folder: `${data}.dauphin-old`, bytes: 0 });
    expect(await found()).not.toHaveProperty('data.dauphin-old');
    await sweep(data);
    expect(await found()).toEqual({ data: 'copy' });
  });
});

test('what a folder holds is not counted for anybody who has left', async () => {
  await put('', 'the server');
  await put('.dauphin-old', 'old');
  const old = await spareBytes(data, signal);
  expect(old).toBeGreaterThan(0);
  await put('.dauphin-gone-abc', 'being removed');
  expect(await spareBytes(data, signal)).toBe(2 * old);
  await expect(spareBytes(data, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  await expect(
    handOver(`${data}.dauphin-old`, data, position(''), AbortSignal.abort(new Error('left'))),
  ).rejects.toThrow('left');
});

test.skipIf(process.getuid?.() !== 0)('a link is handed over itself, not what it leads to', async () => {
  const elsewhere = join(folder, 'elsewhere');
  await writeFile(elsewhere, '');
  await mkdir(join(data, 'inner'), { recursive: true });
  await symlink(elsewhere, join(data, 'inner', 'link'));
  await giveTo(data, { uid: nobody, gid: nobody }, signal);
  for (const path of [data, join(data, 'inner'), join(data, 'inner', 'link')])
    expect(await lstat(path)).toMatchObject({ uid: nobody, gid: nobody });
  expect(await stat(elsewhere)).toMatchObject({ uid: 0 });
});
