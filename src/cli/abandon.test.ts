/** `dauphin abandon`: command line, real HTTP, the real REST API, a control plane made by hand. */
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRestApi } from '../api/rest/index.ts';
import { SampleControlPlane } from '../api/rest/sample-control-plane.ts';
import { runCli } from './program.ts';

const token = 'a-token-for-the-tests';

test('it needs a reason, and is on record with who gave up and whether the candidate is down', async () => {
  const control = new SampleControlPlane();
  const app = createRestApi({ control, token, log: pino({ level: 'silent' }) });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const run = (...argv: readonly string[]) => {
    const env = { DAUPHIN_URL: `http://127.0.0.1:${port}`, DAUPHIN_TOKEN: token, USER: 'ada' };
    const nowhere = { write: () => undefined };
    return runCli(argv, { stdout: nowhere, stderr: nowhere, env, isTTY: false });
  };
  try {
    const { id } = control.operationNow;
    expect(await run('abandon', id)).toBe(2);
    expect(await run('abandon', id, '--reason', 'its host burnt')).toBe(0);
    expect(control.operationNow.abandoned).toMatchObject({ reason: 'its host burnt', candidateDown: false });
    expect(control.operationNow.abandoned?.by).toContain('ada');
    expect(await run('abandon', id, '--reason', 'I looked', '--candidate-down')).toBe(0);
    expect(control.operationNow.abandoned).toMatchObject({ candidateDown: true });
  } finally {
    await app.close();
  }
});
