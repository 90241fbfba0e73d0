import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { processState } from '../../src/hosts/agent/process-table.ts';
import { ServerFinder } from '../../src/hosts/agent/server-finder.ts';

const run = promisify(execFile);
const table = fileURLToPath(new URL('../../src/hosts/agent/process-table.ts', import.meta.url));

let resources = new AsyncDisposableStack();
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

/** A process that does nothing. */
async function idle(command = 'sleep', cwd = '/'): Promise<ChildProcess & { pid: number }> {
  const child = spawn(command, ['60'], { cwd, stdio: 'ignore' });
  await once(child, 'spawn');
  resources.defer(async () => {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  });
  if (child.pid === undefined) throw new Error('no process');
  return Object.assign(child, { pid: child.pid });
}

it('a process that runs is one, and one that has ended is none', async () => {
  const child = await idle();
  expect(processState(child.pid)).toBe('runs');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processState(child.pid)).toBeUndefined();
});

it('an agent without file descriptors left does not take a process for gone', async () => {
  const { pid } = await idle();
  const program = `
    import { openSync } from 'node:fs';
    const { processState } = await import(${JSON.stringify(table)});
    try { for (;;) openSync('/dev/null'); } catch (thrown) { process.exitCode = thrown.code === 'EMFILE' ? 0 : 1; }
    process._rawDebug(String(processState(${pid})));`;
  const script = 'ulimit -n 128; exec "$0" --input-type=module -e "$1"';
  const { stderr } = await run('sh', ['-c', script, process.execPath, program]);
  expect(stderr).toContain('runs');
});

it('every process of the server is found, whichever is known already', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'finder-')));
  resources.defer(() => rm(folder, { recursive: true }));
  const program = join(folder, 'idle-server');
  await copyFile('/bin/sleep', program);
  const finder = new ServerFinder({ programs: ['idle-server'], dataFolder: folder }, systemClock);
  const first = await idle(program, folder);
  expect(finder.find()).toBe(first.pid);
  const second = await idle(program, folder);
  const both = [first.pid, second.pid].sort((one, other) => one - other);
  expect(finder.all().toSorted((one, other) => one - other)).toEqual(both);
  expect(finder.watch().toSorted((one, other) => one - other)).toEqual(both);
});
