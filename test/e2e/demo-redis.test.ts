/** `npm run demo -- redis` */
import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createWorkFolder } from '../kit/folder.ts';
import { DemoRun } from './demo-run.ts';

const SHOW_MS = 90_000;
const END_MS = 30_000;

it('shows a hand-over, a take-over and a rebalance, and is gone with all it started', {
  timeout: 150_000,
}, async () => {
  await using home = await createWorkFolder('demo');
  await using demo = new DemoRun('redis', '--once', '--folder', home.path);
  const { code, stdout, stderr } = await demo.ended(SHOW_MS);

  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  const [, shown = '', handedOver = '', takenOver = '', back = '', grown = ''] =
    /^(.*?── It happens )(.*?── A primary dies )(.*?── The old one comes back )(.*?── It grows )(.*)$/s.exec(
      stdout,
    ) ?? [];
  expect(shown).toContain('orders · Redis Cluster');
  for (const n of [1, 2, 3]) {
    expect(shown).toMatch(new RegExp(`^db${n} .* primary +rw\n└─ db${n + 3} .* replica +ro `, 'm'));
  }
  expect(shown).toContain('$ dauphin switchover orders --to db4 --dry-run');
  expect(shown).toContain('point of no return');
  expect(shown).toContain('Nothing was changed.');

  expect(handedOver).toContain('done: db4 is the primary, db1 was');
  expect(handedOver).toMatch(/[\d.]+ m?s pause +longest between two answers of /);
  expect(handedOver).toMatch(/[1-9]\d* acknowledged/);
  expect(handedOver).toMatch(/\b0 lost\b/);

  expect(takenOver).toMatch(/kill -KILL \d+ +# db2, a primary/);
  expect(takenOver).toMatch(/failover of orders · db2 → db5 · succeeded/);
  expect(takenOver).toMatch(/[\d.]+ m?s pause +longest between two answers of db2's shard/);
  expect(takenOver).toMatch(/[1-9]\d* acknowledged/);
  // Redis answers before it replicates: what its last moment was worth is shown, and is seldom more than nothing.
  expect(takenOver).toMatch(/^ {2}\d lost\b/m);

  expect(back).toMatch(/^db4 .* primary +rw\n└─ db1 .* replica +ro /m);
  expect(back).toMatch(/^db5 .* primary +rw\n└─ db2 .* replica +ro /m);

  expect(grown).toMatch(/^\$ dauphin add-node orders 127\.\S+$/m);
  expect(grown).toMatch(/^\$ dauphin rebalance orders --use-empty$/m);
  expect(grown).toMatch(/orders · Redis Cluster .* · 8 servers · /);
  expect(grown).toMatch(/[\d.]+ m?s pause +longest between two answers of /);
  expect(grown).toMatch(/\b0 failed\b/);
  expect(stdout).not.toContain('\u001b');

  await expectNothingLeft(demo);
  expect((await readdir(home.path)).sort()).toEqual(['controller.log', 'data', 'dauphin.yaml']);
});

it('goes on until Ctrl-C, then counts once more and leaves nothing', { timeout: 150_000 }, async () => {
  await using home = await createWorkFolder('demo');
  await using demo = new DemoRun('redis', '--folder', home.path);
  await demo.printed('until Ctrl-C', SHOW_MS);
  await demo.printed('redis-cli -c -h ', 5000);
  // Eight servers, the controller, the application, the demo itself.
  expect((await demo.survivors()).length).toBeGreaterThanOrEqual(11);

  demo.signal('SIGINT');
  const { code, stdout } = await demo.ended(END_MS);
  expect(code, stdout).toBe(0);
  expect(stdout.split('The end')[1]).toMatch(/[1-9]\d* acknowledged[\s\S]*\b\d lost\b/);
  await expectNothingLeft(demo);
});

it('leaves nothing when it is interrupted within an act', { timeout: 60_000 }, async () => {
  await using home = await createWorkFolder('demo');
  await using demo = new DemoRun('redis', '--once', '--folder', home.path);
  await demo.printed('kill -KILL', END_MS);
  demo.signal('SIGTERM');
  const { code } = await demo.ended(END_MS);
  expect(code).toBe(130);
  await expectNothingLeft(demo);
});

it('knows no other', async () => {
  await using demo = new DemoRun('mongodb');
  const { code, stderr } = await demo.ended(END_MS);
  expect(code).toBe(2);
  expect(stderr).toContain('mongodb: redis, or nothing, is wanted');
});

async function expectNothingLeft(demo: DemoRun): Promise<void> {
  expect(await demo.survivors()).toEqual([]);
  expect(await demo.leftovers()).toEqual([]);
}
