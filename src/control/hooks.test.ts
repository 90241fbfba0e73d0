import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Fault } from '../contract/errors.ts';
import type { Call } from '../core/clock.ts';
import { serverId } from '../core/identity.ts';
import { type HookInput, runHook } from './hooks.ts';
import { systemClock } from './system-clock.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/hooks-`);
});
afterAll(() => rm(folder, { recursive: true }));

const input: HookInput = {
  operation: 'op-1',
  cluster: 'orders',
  moment: 'before',
  oldPrimary: { id: serverId('uuid-1'), name: 'db1', address: { host: '127.0.0.11', port: 3306 } },
  newPrimary: { id: serverId('uuid-2'), name: 'db2', address: { host: '127.0.0.12', port: 3307 } },
};

const call = (signal = new AbortController().signal): Call => ({ signal, deadlineMs: 8000 });

function run(command: readonly string[], about: Partial<HookInput> = {}, timeoutMs = 5000): Promise<void> {
  return runHook({ command, timeoutMs }, { ...input, ...about }, call(), systemClock);
}

const shell = (script: string): readonly string[] => ['/bin/sh', '-c', script];

async function faultOf(work: Promise<void>): Promise<Fault> {
  const thrown = await work.then(
    () => new Error('it said yes'),
    (reason: unknown) => reason,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

/** The process ids that a script wrote, one a line. */
async function idsIn(file: string): Promise<readonly number[]> {
  return (await readFile(file, 'utf8')).trim().split('\n').map(Number);
}

async function end(ids: readonly number[]): Promise<boolean> {
  const living = async () => (await Promise.all(ids.map(isAlive))).includes(true);
  for (let tries = 0; tries < 500 && (await living()); tries++) await sleep(10);
  return !(await living());
}

/** A process that nobody has reaped yet is dead all the same. */
async function isAlive(id: number): Promise<boolean> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => ') Z ');
  return !stat.includes(') Z ');
}

test('a hook that ends with status 0 says yes', async () => {
  await run(['/bin/true']);
});

test('a hook is told of the switchover by its environment, which holds nothing else of ours', async () => {
  process.env.SECRET_OF_OURS = 'x';
  const file = `${folder}/environment`;
  await run(shell(`env > ${file}`), { moment: 'after', status: 'succeeded', position: '0-1-88' });
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const variables = new Map(lines.map((line): [string, string] => [line.split('=')[0] ?? '', line]));
  for (const own of ['PWD', 'OLDPWD', 'SHLVL', '_']) variables.delete(own);
  expect([...variables.keys()].sort()).toEqual([
    'DAUPHIN_CLUSTER',
    'DAUPHIN_MOMENT',
    'DAUPHIN_NEW_PRIMARY',
    'DAUPHIN_NEW_PRIMARY_HOST',
    'DAUPHIN_NEW_PRIMARY_PORT',
    'DAUPHIN_OLD_PRIMARY',
    'DAUPHIN_OLD_PRIMARY_HOST',
    'DAUPHIN_OLD_PRIMARY_PORT',
    'DAUPHIN_OPERATION',
    'DAUPHIN_POSITION',
    'DAUPHIN_STATUS',
    'HOME',
    'PATH',
  ]);
  expect(variables.get('DAUPHIN_NEW_PRIMARY_PORT')).toBe('DAUPHIN_NEW_PRIMARY_PORT=3307');
  expect(variables.get('DAUPHIN_MOMENT')).toBe('DAUPHIN_MOMENT=after');
});

test('a hook is told the same as a document on its standard input', async () => {
  const file = `${folder}/document`;
  await run(shell(`cat > ${file}`));
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    operation: 'op-1',
    cluster: 'orders',
    moment: 'before',
    oldPrimary: { id: 'uuid-1', name: 'db1', host: '127.0.0.11', port: 3306 },
    newPrimary: { id: 'uuid-2', name: 'db2', host: '127.0.0.12', port: 3307 },
  });
});

test('a hook need not read its input', async () => {
  await run(shell('exec <&-; sleep 0.05; exit 0'), { position: 'x'.repeat(60_000) });
});

test('arguments reach the program as they are', async () => {
  const file = `${folder}/arguments`;
  await run(['/bin/sh', '-c', `printf '%s\\n' "$@" > ${file}`, 'sh', '$HOME; rm *', 'a b']);
  expect(await readFile(file, 'utf8')).toBe('$HOME; rm *\na b\n');
});

test('any other status is a veto, with what the hook said', async () => {
  const fault = await faultOf(run(shell('echo out; echo not today >&2; exit 3')));
  expect(fault).toMatchObject({
    code: 'hook-vetoed',
    details: { status: 3, stdout: 'out', stderr: 'not today' },
  });
  expect(fault.message).toContain('ended with status 3: not today');
});

test('only the end of a long story is kept', async () => {
  const fault = await faultOf(
    run([
      process.execPath,
      '-e',
      'process.stderr.write("x".repeat(300000) + "the end"); process.exitCode = 1',
    ]),
  );
  expect(fault.details.stderr).toHaveLength(2048);
  expect(fault.message).toMatch(/the end$/);
});

test('a hook that a signal ended has said no', async () => {
  const fault = await faultOf(run(shell('kill -KILL $$')));
  expect(fault.code).toBe('hook-vetoed');
  expect(fault.message).toContain('was ended by SIGKILL');
});

test('a program that is not there says no', async () => {
  const fault = await faultOf(run(['/no/such/program']));
  expect(fault.code).toBe('hook-vetoed');
  expect(fault.message).toContain('/no/such/program could not be started: there is no such program');
});

test('a hook that hangs is killed with what it has started, deaf to SIGTERM or not', async () => {
  const file = `${folder}/hanging`;
  const deaf = `trap '' TERM; echo $$ >> ${file}; while :; do sleep 5; done`;
  const script = `echo $$ > ${file}; /bin/sh -c "${deaf.replaceAll('$$', '\\$\\$')}" & sleep 60`;
  const began = performance.now();
  // Enough for both to have said who they are.
  const fault = await faultOf(run(shell(script), {}, 2000));
  expect(performance.now() - began).toBeLessThan(7000);
  expect(fault).toMatchObject({ code: 'hook-timed-out', details: { timeoutMs: 2000 } });
  const ids = await idsIn(file);
  expect(ids).toHaveLength(2);
  expect(await end(ids)).toBe(true);
}, 20_000);

test('the step may give a hook less time than the hook was set', async () => {
  const work = runHook(
    { command: ['/bin/sleep', '60'], timeoutMs: 60_000 },
    input,
    { ...call(), deadlineMs: 100 },
    systemClock,
  );
  expect((await faultOf(work)).details.timeoutMs).toBe(100);
});

test('when the operation is called off, so is its hook', async () => {
  const file = `${folder}/called-off`;
  const controller = new AbortController();
  const command = shell(`echo $$ > ${file}; sleep 60`);
  const work = runHook({ command, timeoutMs: 60_000 }, input, call(controller.signal), systemClock);
  work.catch(() => undefined);
  const isThere = async () => (await readFile(file, 'utf8').catch(() => '')).endsWith('\n');
  await vi.waitUntil(isThere, { timeout: 5000 });
  controller.abort(new Error('called off'));
  await expect(work).rejects.toThrow('called off');
  expect(await end(await idsIn(file))).toBe(true);
  await expect(
    runHook({ command, timeoutMs: 1000 }, input, call(controller.signal), systemClock),
  ).rejects.toThrow('called off');
}, 20_000);

test('a hook that leaves something running does not hold up the switchover, and it is left alone', async () => {
  const file = `${folder}/left`;
  const began = performance.now();
  await run(shell(`sleep 5 & echo $! > ${file}`));
  expect(performance.now() - began).toBeLessThan(2000);
  const [id = 0] = await idsIn(file);
  expect(await isAlive(id)).toBe(true);
  process.kill(id);
});
