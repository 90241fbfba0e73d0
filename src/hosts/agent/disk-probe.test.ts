import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import { DiskProbe } from './disk-probe.ts';

const clock: Clock = {
  now: () => 0,
  monotonic: () => 0,
  sleep: (_ms, signal) => new Promise((_, reject) => signal?.addEventListener('abort', reject)),
};

test('a link in the place of its file is not followed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-probe-'));
  try {
    const elsewhere = join(folder, 'elsewhere');
    const file = join(folder, 'probe');
    await writeFile(elsewhere, 'of somebody else');
    await symlink(elsewhere, file);
    expect(await new DiskProbe(file, clock).writes()).toBe(true);
    expect(await readFile(elsewhere, 'utf8')).toBe('of somebody else');
    await rm(file);
    expect(await new DiskProbe(file, clock).writes()).toBe(true);
    expect(await readFile(file, 'utf8')).toBe('dauphin\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});
