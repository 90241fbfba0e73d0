/** Acknowledge, downtime and maintenance: command line, real HTTP, the real REST API, a control plane made by hand. */
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRestApi } from '../api/rest/index.ts';
import { SampleControlPlane } from '../api/rest/sample-control-plane.ts';
import { runCli } from './program.ts';

const token = 'a-token-for-the-tests';
let control: SampleControlPlane;
let app: ReturnType<typeof createRestApi>;

beforeEach(async () => {
  control = new SampleControlPlane();
  app = createRestApi({ control, token, log: pino({ level: 'silent' }) });
  await app.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await app.close();
});

async function run(...argv: readonly string[]) {
  let out = '';
  let err = '';
  const { port } = app.server.address() as AddressInfo;
  const code = await runCli(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: { DAUPHIN_URL: `http://127.0.0.1:${port}`, DAUPHIN_TOKEN: token, USER: 'ada' },
    isTTY: false,
  });
  return { code, out, err };
}

test('acknowledge is on record with who did it, and needs a comment', async () => {
  expect(await run('acknowledge', 'orders', '--comment', 'a broken disk')).toMatchObject({
    code: 0,
    out: 'orders is acknowledged\n',
  });
  expect(control.ordersNow.acknowledged).toMatchObject({ comment: 'a broken disk' });
  expect(control.ordersNow.acknowledged?.by).toContain('ada');
  expect((await run('acknowledge', 'orders')).code).toBe(2);
});

test('a downtime begins for as long as is said, and ends', async () => {
  const begun = await run('downtime', 'db2', '--for', '2h', '--reason', 'new disk');
  expect(begun).toMatchObject({
    code: 0,
    out: 'db2 is in downtime until 2026-06-01 02:00:00 UTC: new disk\n',
  });
  expect(control.ordersNow.downtimes).toHaveLength(1);
  expect(await run('downtime', 'db2', '--end')).toMatchObject({ code: 0, out: 'db2 is not in downtime\n' });
  expect(control.ordersNow.downtimes).toEqual([]);
});

test('maintenance of a cluster begins and ends', async () => {
  const begun = await run('maintenance', 'orders', '--for', '30m', '--reason', 'upgrade');
  expect(begun.out).toBe('orders is in maintenance until 2026-06-01 00:30:00 UTC: upgrade\n');
  expect((await run('maintenance', 'orders', '--end')).out).toBe('orders is not in maintenance\n');
});

test.each([
  [['downtime', 'nobody', '--for', '1h']],
  [['maintenance', 'nothing', '--for', '1h']],
  [['maintenance', 'orders', '--for', 'soon']],
])('%j is wrong usage', async (argv) => {
  expect((await run(...argv)).code).toBe(2);
});
