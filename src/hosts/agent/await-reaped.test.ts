import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import { awaitReaped } from './await-reaped.ts';

it('waits for one that has ended until its parent takes notice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-reaped-'));
  const program = join(folder, `ended-${process.pid}`.slice(0, 15));
  await copyFile('/bin/sh', program);
  // A shell that has become something else takes no notice of the children it had.
  const outlives = `until [ "$(cat /proc/$PPID/comm)" = cat ]; do sleep 0.01; done`;
  const parent = spawn('/bin/sh', ['-c', `"${program}" -c '${outlives}' & echo $!; exec cat`]);
  try {
    const pid = Number(String(await once(parent.stdout, 'data')));
    const hasEnded = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z ');
    await vi.waitUntil(hasEnded, { timeout: 10_000 });
    const reaped = awaitReaped([basename(program)], call(), clock).then(() => 'reaped');
    const early = await Promise.race([reaped, clock.sleep(300).then(() => 'waits')]);
    expect(early).toBe('waits');
    parent.kill('SIGKILL');
    expect(await reaped).toBe('reaped');
  } finally {
    parent.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}, 20_000);

it('does not wait when there is none', async () => {
  const never = { ...clock, sleep: () => Promise.reject(new Error('waited')) };
  await awaitReaped([`none-${process.pid}`], call(), never);
});

const clock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms) => sleep(ms),
};

const call = () => ({ signal: new AbortController().signal, deadlineMs: 15_000 });
