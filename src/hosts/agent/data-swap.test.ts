import { lstat, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { giveTo } from './data-swap.ts';

const nobody = 65534;

test.skipIf(process.getuid?.() !== 0)('a link is handed over itself, not what it leads to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-swap-'));
  try {
    const elsewhere = join(folder, 'elsewhere');
    const data = join(folder, 'data');
    await writeFile(elsewhere, '');
    await mkdir(join(data, 'inner'), { recursive: true });
    await symlink(elsewhere, join(data, 'inner', 'link'));
    await giveTo(data, nobody, nobody);
    for (const path of [data, join(data, 'inner'), join(data, 'inner', 'link')])
      expect(await lstat(path)).toMatchObject({ uid: nobody, gid: nobody });
    expect(await stat(elsewhere)).toMatchObject({ uid: 0 });
  } finally {
    await rm(folder, { recursive: true });
  }
});
