import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createWorkFolder } from '../kit/folder.ts';
import { DemoRun } from './demo-run.ts';

const SHOW_MS = 90_000;
const END_MS = 30_000;

it('shows a hand-over and a take-over that lose nothing, and is gone with all it started', {
  timeout: 150_000,
}, async () => {
  await using home = await createWorkFolder('demo');
  await using demo = new DemoRun('--once', '--folder', home.path);
  const { code, stdout, stderr } = await demo.ended(SHOW_MS);

  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  const [, shown = '', handedOver = '', takenOver = '', back = ''] =
    /^(.*?── It happens )(.*?── The primary dies )(.*?── The old one comes back )(.*)$/s.exec(stdout) ?? [];
  expect(shown).toMatch(/^db1 .* primary {2}rw$/m);
  expect(shown).toMatch(/^├─ db2 .* replica {2}ro/m);
  expect(shown).toContain('orders · MariaDB');
  expect(shown).toContain('point of no return');
  expect(shown).toContain('Nothing was changed.');

  expect(handedOver).toMatch(/✓ 6 promote +db2 writable +[\d.]+ ms/);
  expect(handedOver).toMatch(/[\d.]+ m?s pause +last write acknowledged by db1 to first one by db2/);
  expectNothingLost(handedOver);

  expect(takenOver).toMatch(/kill -KILL \d+ +# db2, the primary/);
  expect(takenOver).toMatch(/[\d.]+ m?s pause +last write acknowledged by db2 to first one by (db1|db3|db4)/);
  expectNothingLost(takenOver);

  const primary = /to first one by (db\d)/.exec(takenOver)?.[1];
  expect(back).toMatch(new RegExp(`^${primary} .* primary {2}rw$`, 'm'));
  expect(back).toMatch(/^[├└]─ db2 .* replica {2}ro/m);
  expect(stdout).not.toContain('\u001b');

  expect(await demo.survivors()).toEqual([]);
  expect(await demo.leftovers()).toEqual([]);
  expect((await readdir(home.path)).sort()).toEqual(['controller.log', 'data', 'dauphin.yaml']);
});

function expectNothingLost(act: string): void {
  expect(act).toMatch(/[1-9]\d* acknowledged/);
  expect(act).toMatch(/\b0 lost\b/);
  expect(act).toMatch(/\b0 duplicated\b/);
}

it('goes on until Ctrl-C, then counts once more and leaves nothing', { timeout: 150_000 }, async () => {
  await using home = await createWorkFolder('demo');
  await using demo = new DemoRun('--folder', home.path);
  await demo.printed('until Ctrl-C', SHOW_MS);
  await demo.printed('bin/dauphin switchover orders', 1000);
  await demo.printed('kill -KILL $(cat ', 1000);
  // Four servers, four agents, the proxy, the controller, the application, the demo itself.
  expect((await demo.survivors()).length).toBeGreaterThanOrEqual(12);

  demo.signal('SIGINT');
  const { code, stdout } = await demo.ended(END_MS);
  expect(code).toBe(0);
  expect(stdout.split('The end')[1]).toMatch(/\b0 lost\b[\s\S]*\b0 duplicated\b/);
  expect(await demo.survivors()).toEqual([]);
  expect(await demo.leftovers()).toEqual([]);
});

it('leaves nothing when it is interrupted while it starts', { timeout: 60_000 }, async () => {
  await using home = await createWorkFolder('demo');
  await using demo = new DemoRun('--folder', home.path);
  await demo.printed('under load', END_MS);
  demo.signal('SIGTERM');
  const { code } = await demo.ended(END_MS);
  expect(code).toBe(130);
  expect(await demo.survivors()).toEqual([]);
  expect(await demo.leftovers()).toEqual([]);
});

it('says what is wrong with its options', async () => {
  await using demo = new DemoRun('--engine', 'oracle');
  const { code, stderr } = await demo.ended(END_MS);
  expect(code).toBe(2);
  expect(stderr).toContain('--engine oracle: mariadb or mysql is wanted');
});

it('does not settle where another demo lives', { timeout: 60_000 }, async () => {
  await using home = await createWorkFolder('demo');
  await using first = new DemoRun('--folder', home.path);
  await first.printed('under load', END_MS);
  await using second = new DemoRun('--folder', home.path);
  const { code, stderr } = await second.ended(END_MS);
  expect(code).toBe(1);
  expect(stderr).toContain('a demo is running already');
  first.signal('SIGTERM');
  await first.ended(END_MS);
});
