/** The commands that reshape a cluster: command line, real HTTP, the real REST API, a control plane made by hand. */
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRestApi } from '../api/rest/index.ts';
import { SampleControlPlane } from '../api/rest/sample-control-plane.ts';
import { sampleFinding, sampleOperation, samplePlan } from '../contract/samples.ts';
import type { JournalEvent } from '../core/operation.ts';
import { createPalette } from './palette.ts';
import { planHeaderText } from './print-plan.ts';
import { storyText } from './print-story.ts';
import { runCli } from './program.ts';
import { Progress } from './progress.ts';

const token = 'a-token-for-the-tests';
const control = new SampleControlPlane();
const app = createRestApi({ control, token, log: pino({ level: 'silent' }) });

beforeAll(() => app.listen({ host: '127.0.0.1', port: 0 }));
afterAll(() => app.close());

async function run(line: string): Promise<{ readonly code: number; readonly err: string }> {
  const { port } = app.server.address() as AddressInfo;
  let err = '';
  const code = await runCli(line.split(' '), {
    stdout: { write: () => undefined },
    stderr: { write: (text) => (err += text) },
    env: { DAUPHIN_URL: `http://127.0.0.1:${port}`, DAUPHIN_TOKEN: token, USER: 'ada' },
    isTTY: false,
  });
  return { code, err };
}

describe('what is asked', () => {
  test.each([
    ['rebalance orders', { what: 'rebalance' }],
    [
      'rebalance orders --weight db1=2 --weight db2=0.5 --threshold 5 --use-empty --keys-per-call 10 --pause 5ms',
      {
        ...{ what: 'rebalance', weights: { db1: 2, db2: 0.5 }, threshold: 5, useEmpty: true },
        ...{ keysPerCall: 10, pauseMs: 5 },
      },
    ],
    [
      'reshard orders --from db1,db2 --to db3 --slots 1000',
      { what: 'reshard', from: ['db1', 'db2'], to: 'db3', slots: 1000 },
    ],
    ['reshard orders --from all --to db3 --slots 1', { what: 'reshard', from: 'all', to: 'db3', slots: 1 }],
    ['add-node orders h7:6379', { what: 'add-node', address: 'h7:6379' }],
    ['add-node orders h7:6379 --replica', { what: 'add-node', address: 'h7:6379', replica: true }],
    ['add-node orders h7 --replica-of db1', { what: 'add-node', address: 'h7', replicaOf: 'db1' }],
    ['remove-node orders db4', { what: 'remove-node', server: 'db4' }],
    ['remove-node orders db4 --drain', { what: 'remove-node', server: 'db4', drain: true }],
    ['fix orders', { what: 'fix' }],
    ['fix orders --without-unreachable --replace', { what: 'fix', withoutUnreachable: true, replace: true }],
    ['place-replicas orders --barrier 2', { what: 'place-replicas', barrier: 2 }],
    ['set-timeout orders 5s', { what: 'set-timeout', ms: 5000 }],
  ])('%s', async (line, change) => {
    const who = { cluster: 'orders', requestedBy: expect.stringContaining('ada') as unknown };
    for (const option of ['--dry-run', '--no-wait']) {
      control.reshapeAsked = undefined;
      expect(await run(`${line} ${option}`)).toEqual({ code: 0, err: '' });
      expect(control.reshapeAsked).toEqual({ ...who, ...change });
    }
  });

  test.each([
    'reshard orders --from db1 --to db3',
    'reshard orders --from db1 --to db3 --slots many',
    'reshard orders --from db1 --to db3 --slots 99999',
    'rebalance orders --weight db1',
    'rebalance orders --threshold half',
    'set-timeout orders soon',
    'add-node orders',
  ])('wrong usage: %s', async (line) => {
    control.reshapeAsked = undefined;
    expect((await run(line)).code).toBe(2);
    expect(control.reshapeAsked).toBeUndefined();
  });
});

test.each([
  ['critical', 1],
  ['warning', 0],
] as const)('check, with a %s finding, ends with %i', async (severity, code) => {
  control.findings = () => [{ ...sampleFinding(), severity }];
  expect(await run('check orders')).toEqual({ code, err: '' });
});

test('a refusal is told in plain words', async () => {
  const fact = 'slots are open: 93';
  control.refusals = [{ code: 'slots-open', fact, needs: 'the move finished, or a fix' }];
  const { code, err } = await run('rebalance orders --dry-run');
  control.refusals = [];
  expect(code).toBe(3);
  expect(err).toContain(fact);
});

describe('a step that takes long', () => {
  const plan = { ...samplePlan(), title: 'rebalance' };
  const step = plan.steps[0]?.id ?? '';
  const far: JournalEvent = {
    ...{ event: 'step-progress', step, slotsDone: 612, slots: 1365, keysMoved: 40_112, keysPerSecond: 8000 },
  };
  const started: JournalEvent = { event: 'step-started', step };
  const palette = createPalette(false);

  test('shows on a terminal how far it is', () => {
    let out = '';
    const io = { stdout: { write: (text: string) => (out += text) }, stderr: { write: () => '' } };
    const progress = new Progress({ ...io, env: {}, isTTY: true, columns: 160 }, plan, palette);
    for (const event of [started, far]) progress.show(event);
    expect(out).toContain('(612 of 1365 slots, 40112 keys, 8000 keys/s)');
  });

  test('tells in its story how far it had come, and once it is done no more of that', () => {
    const entry = (sequence: number, what: JournalEvent) => ({
      ...{ operation: sampleOperation().id, sequence, at: 1_780_272_000_000 + sequence, what },
    });
    const running = { ...sampleOperation(), plan };
    const lines = [entry(0, started), entry(1, far)];
    expect(storyText(running, lines, palette)).toContain('612 of 1365 slots');
    const done = entry(2, { event: 'step-done', step, ms: 5 });
    const whole = storyText(running, [...lines, done], palette);
    expect(whole).toContain('✓');
    expect(whole).not.toContain('612');
  });

  test('names what it does in place of who hands over to whom', () => {
    expect(planHeaderText(plan, { palette })).toContain('· rebalance');
    expect(planHeaderText(plan, { palette })).not.toContain('→');
  });
});
