/** The whole way: command line, real HTTP, the real REST API, over a control plane made by hand. */
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRestApi } from '../api/rest/index.ts';
import { SampleControlPlane } from '../api/rest/sample-control-plane.ts';
import { errorBodySchema } from '../contract/error-schema.ts';
import {
  sampleFinding,
  sampleOperation,
  samplePlan,
  sampleRefusal,
  sampleTopology,
  succeededOperation,
} from '../contract/samples.ts';
import type { CliIo } from './cli-io.ts';
import { runCli } from './program.ts';

const token = 'a-token-for-the-tests';
let control: SampleControlPlane;
let app: ReturnType<typeof createRestApi>;
let url: string;

async function listen(port = 0): Promise<void> {
  app = createRestApi({ control, token, log: pino({ level: 'silent' }) });
  await app.listen({ host: '127.0.0.1', port });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  control = new SampleControlPlane();
  await listen();
});

afterEach(async () => {
  await app.close();
});

class Terminal {
  out = '';
  err = '';

  async run(line: string, io: Partial<CliIo> = {}): Promise<number> {
    return runCli(
      line.split(' ').filter((word) => word !== ''),
      {
        stdout: { write: (text) => (this.out += text) },
        stderr: { write: (text) => (this.err += text) },
        env: { DAUPHIN_URL: url, DAUPHIN_TOKEN: token, USER: 'ada' },
        isTTY: false,
        ...io,
      },
    );
  }
}

async function run(line: string, io: Partial<CliIo> = {}) {
  const terminal = new Terminal();
  const code = await terminal.run(line, io);
  return { code, out: terminal.out, err: terminal.err };
}

describe('reading', () => {
  test.each([
    ['clusters', { clusters: [expect.objectContaining({ name: 'orders', primary: 'db1' })] }],
    ['topology orders', sampleTopology()],
    ['topology', { topologies: [sampleTopology()] }],
    [
      'servers orders',
      { servers: expect.arrayContaining([expect.objectContaining({ name: 'db4' })]) as unknown },
    ],
    ['findings', { findings: [sampleFinding()] }],
    ['discover orders db9:3306', sampleTopology()],
    ['switchover orders --dry-run', samplePlan()],
    ['switchover orders --no-wait', sampleOperation()],
    ['operations orders --limit 3', { operations: [sampleOperation()] }],
    ['explain op-7', { operation: sampleOperation(), journal: [] }],
  ])('%s --json prints what the API answers', async (line, expected) => {
    const { code, out, err } = await run(`${line} --json`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual(expected);
  });

  test('global options may stand before the command, too', async () => {
    expect(JSON.parse((await run('--json findings')).out)).toEqual({ findings: [sampleFinding()] });
  });

  test('clusters', async () => {
    expect((await run('clusters')).out).toBe(`\
CLUSTER  ENGINE   PRIMARY  SERVERS  FINDINGS     OPERATION
orders   mariadb  db1      4        1 (warning)
`);
  });

  test('servers', async () => {
    expect((await run('servers')).out).toBe(`\
SERVER  CLUSTER  ADDRESS   ROLE     SOURCE  LAG   WRITES     VERSION          STATE
db1     orders   db1:3306  primary                writable   10.11.6-MariaDB  ok
db2     orders   db2:3306  replica  db1     0 s   read-only  10.11.6-MariaDB  ok
db3     orders   db3:3306  replica  db1     0 s   read-only  10.11.6-MariaDB  ok
db4     orders   db4:3306  replica  db1     14 s  read-only  10.11.6-MariaDB  ok
`);
  });

  test('findings', async () => {
    expect((await run('findings orders')).out).toBe(`\
SEVERITY  CLUSTER  SERVER  CODE             SUMMARY
warning   orders   db4     replica-lagging  db4 is 14 s behind db1
`);
    control.findings = () => [{ ...sampleFinding(), after: ['dead-primary'], downtimed: true }];
    expect((await run('findings orders')).out).toContain(
      'db4 is 14 s behind db1 (after dead-primary; in downtime)\n',
    );
    control.findings = () => [];
    expect((await run('findings orders')).out).toBe('Nothing is wrong.\n');
  });

  test('operations', async () => {
    control.operationNow = succeededOperation();
    expect((await run('operations')).out).toBe(`\
OPERATION  CLUSTER  WHAT        FROM → TO  STATUS     HELD    ASKED (UTC)          BY
op-7       orders   switchover  db1 → db2  succeeded  7.9 ms  2026-11-20 11:31:47  ada@laptop
`);
  });

  test('a topology is drawn, with colour only on a terminal', async () => {
    const { out } = await run('topology orders');
    expect(out).toContain('db4');
    expect(out).not.toContain('\u001b');
    expect((await run('topology', { isTTY: true, columns: 100 })).out).toContain('\u001b');
    expect((await run('topology --no-color', { isTTY: true })).out).not.toContain('\u001b');
  });
});

describe('switchover', () => {
  test('dry run: the plan, the pause of the last one, and exit status 0', async () => {
    control.operationNow = succeededOperation();
    const { code, out } = await run('switchover orders --to db2 --dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/^orders · MariaDB 10\.11 · db1 → db2 +expected pause about 8 ms\n/);
    expect(out).toMatch(/\n\nNothing was changed\. Run it without --dry-run\.\n$/);
    expect(control.asked).toMatchObject({ cluster: 'orders', to: 'db2' });
    expect(control.asked?.requestedBy).toMatch(/^ada@/);
  });

  test('--no-wait: begun, and where to look', async () => {
    expect(await run('switchover orders --no-wait')).toEqual({
      code: 0,
      out: 'op-7 has begun; `dauphin explain op-7` tells how it goes\n',
      err: '',
    });
  });

  test.each(['', '--dry-run'])(
    'refused %s: exit status 3, with what would have to be true',
    async (option) => {
      control.refusals = [sampleRefusal];
      expect(await run(`switchover orders ${option}`)).toEqual({
        code: 3,
        out: '',
        err: `\
dauphin: refused, nothing was changed
  db4 is 14 s behind db1 (candidate-lagging)
    needs a lag of at most 1 s
`,
      });
      const { code, out } = await run(`switchover orders ${option} --json`);
      expect(code).toBe(3);
      expect(errorBodySchema.parse(JSON.parse(out)).error.refusals).toEqual([sampleRefusal]);
    },
  );

  test('waits, tells of each step once and in order, and ends with the outcome', async () => {
    const terminal = new Terminal();
    control.write({ event: 'step-started', step: 'verify' }, { event: 'step-done', step: 'verify', ms: 12 });
    const running = terminal.run('switchover orders --to db2');
    await vi.waitFor(() => expect(terminal.out).toContain('✓ 1 check'));
    control.write(
      { event: 'step-started', step: 'freeze:db1' },
      { event: 'step-done', step: 'freeze:db1', ms: 3.1 },
    );
    await vi.waitFor(() => expect(terminal.out).toContain('✓ 4 freeze'));
    control.write({ event: 'finished', status: 'succeeded', summary: '' });
    control.finish(succeededOperation());
    expect(await running).toBe(0);
    expect(terminal.err).toBe('');
    expect(terminal.out).toBe(`\
orders · MariaDB 10.11 · db1 → db2
guarantee   no acknowledged write is lost: db2 has db1's last position before it is promoted
why db2     it was named

✓ 1 check      every fact looked at again                     12 ms
✓ 4 freeze     db1 read-only                                 3.1 ms

done: db2 is the primary of orders
writers were held for 7.9 ms
`);
    await vi.waitFor(() => expect(control.openStreams).toBe(0));
  });

  test.each(['rolled-back', 'failed'] as const)('%s: exit status 1', async (status) => {
    const terminal = new Terminal();
    const running = terminal.run('switchover orders');
    await vi.waitFor(() => expect(control.openStreams).toBe(1));
    const cause = { code: 'position-not-reached', message: 'db2 lacks 0-1-88231' };
    control.finish(
      sampleOperation({ status, outcome: { summary: 'db1 is still the primary', cause, flags: [] } }),
    );
    expect(await running).toBe(1);
    expect(terminal.out.split('\n').slice(-4)).toEqual([
      `${status === 'failed' ? 'failed' : 'rolled back'}: db1 is still the primary`,
      'because db2 lacks 0-1-88231 (position-not-reached)',
      'see `dauphin explain op-7`',
      '',
    ]);
  });

  test('--json waits silently and prints the operation as it ended', async () => {
    const running = run('switchover orders --json');
    await vi.waitFor(() => expect(control.openStreams).toBe(1));
    control.finish(succeededOperation());
    const { code, out } = await running;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(succeededOperation());
  });

  test('what the stream does not bring is looked up', async () => {
    const running = run('switchover orders');
    await vi.waitFor(() => expect(control.openStreams).toBe(1));
    control.operationNow = succeededOperation();
    expect((await running).code).toBe(0);
  });

  test('goes on waiting over a restart of the controller, and tells no step twice', async () => {
    const terminal = new Terminal();
    const running = terminal.run('switchover orders');
    control.write({ event: 'step-done', step: 'verify', ms: 12 });
    await vi.waitFor(() => expect(terminal.out).toContain('✓ 1 check'));
    const { port } = app.server.address() as AddressInfo;
    await app.close();
    await vi.waitFor(() => expect(terminal.err).toMatch(/op-7 goes on, trying to reach it again\n$/));
    control.write({ event: 'step-done', step: 'freeze:db1', ms: 3.1 });
    await listen(port);
    await vi.waitFor(() => expect(terminal.out).toContain('✓ 4 freeze'), { timeout: 4000 });
    control.finish(succeededOperation());
    expect(await running).toBe(0);
    expect(terminal.out.match(/✓/g)).toHaveLength(2);
    expect(terminal.err.split('\n')).toHaveLength(2);
  });

  test('interrupted: the operation goes on, and it says so', async () => {
    const interrupt = new AbortController();
    const running = run('switchover orders', { signal: interrupt.signal });
    await vi.waitFor(() => expect(control.openStreams).toBe(1));
    interrupt.abort();
    expect(await running).toMatchObject({
      code: 1,
      err:
        'dauphin: not waiting any longer\n' +
        '  hint: op-7 goes on by itself; `dauphin explain op-7` tells how it went.\n',
    });
  });
});

describe('events', () => {
  test.each([
    ['events --after 0', /^#1 {5} op-7 {2}2026-11-20 11:31:47\.000 UTC {2}step-started freeze:db1\n$/],
    ['events --after 0 --operation op-7 --json', /^\{"kind":"journal","revision":1,"entry":\{.*\}\}\n$/],
  ])('%s: a line for each until interrupted', async (line, expected) => {
    control.write({ event: 'step-started', step: 'freeze:db1' });
    const interrupt = new AbortController();
    const terminal = new Terminal();
    const running = terminal.run(line, { signal: interrupt.signal });
    await vi.waitFor(() => expect(terminal.out).toMatch(expected));
    interrupt.abort();
    expect(await running).toBe(0);
    expect(terminal.err).toBe('');
  });

  test('of an operation that does not exist', async () => {
    expect(await run('events --operation nope')).toMatchObject({ code: 2, out: '' });
  });
});

describe('what goes wrong', () => {
  test.each([
    ['topology nope', 'no cluster "nope"; there is: orders'],
    ['servers nope', 'no cluster "nope"; there is: orders'],
    ['switchover nope', 'no cluster "nope"; there is: orders'],
    ['switchover orders --to nope', 'no server "nope"; there are: db1, db2, db3, db4'],
    ['explain nope', 'no operation "nope"'],
    ['discover orders db9', '"address" in the body must be host:port, or [IPv6]:port'],
    ['clusters --token wrong', 'the token is wrong'],
    [
      'clusters --token-file /nowhere',
      "the token file cannot be read: ENOENT: no such file or directory, open '/nowhere'",
    ],
    ['clusters --url nowhere', 'the URL of the controller is not one: nowhere'],
    ['nope', "unknown command 'nope'"],
    ['switchover', "missing required argument 'cluster'"],
    ['switchover orders --nowhere', "unknown option '--nowhere'"],
    ['clusters extra', "too many arguments for 'clusters'. Expected 0 arguments but got 1."],
    [
      'operations --limit many',
      "option '--limit <number>' argument 'many' is invalid. It must be a whole number.",
    ],
  ])('%s: exit status 2, one line and a hint', async (line, message) => {
    const { code, out, err } = await run(line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const [first, hint, ...rest] = err.split('\n');
    expect(first).toBe(`dauphin: ${message}`);
    expect(hint).toMatch(/^ {2}hint: \S/);
    expect(rest).toEqual(['']);
  });

  test('a fault of the controller: exit status 1', async () => {
    expect(await run('discover orders nowhere:3306')).toEqual({
      code: 1,
      out: '',
      err:
        'dauphin: nowhere:3306: connection refused\n' +
        '  hint: The database server does not take connections.\n',
    });
  });

  test('nobody there: exit status 1', async () => {
    await app.close();
    const { code, err } = await run('clusters');
    expect(code).toBe(1);
    expect(err).toMatch(/^dauphin: no answer from http:\/\/127\.0\.0\.1:\d+: .*\n {2}hint: .*\n$/);
  });

  test.each([
    ['{"clusters": 7}', 'clusters: Invalid input: expected array, received number'],
    ['<html>', 'the answer is not JSON'],
  ])('somebody else there (%s): exit status 1', async (body, why) => {
    const { code, err } = await run('clusters', { fetch: async () => new Response(body) });
    expect(code).toBe(1);
    expect(err.split('\n')[0]).toBe(
      `dauphin: ${url}/v1/clusters does not answer as a Dauphin controller does: ${why}`,
    );
  });

  test('help is no error; no command at all is', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, err: '' });
    expect(await run('switchover --help')).toMatchObject({ code: 0, err: '' });
    expect(await run('')).toMatchObject({ code: 2, out: '' });
  });
});

test('main can add commands of its own', async () => {
  const nowhere = { write: () => undefined };
  const code = await runCli(
    ['serve'],
    { stdout: nowhere, stderr: nowhere, env: {}, isTTY: false },
    (program, end) => {
      program.command('serve').action(() => end(1));
    },
  );
  expect(code).toBe(1);
});

test('repair asks for the server and the means that are named, and knows no others', async () => {
  expect(await run('repair orders db2 --by empty --dry-run')).toMatchObject({ code: 0 });
  expect(control.asked).toMatchObject({
    cluster: 'orders',
    to: 'db2',
    by: 'empty',
  });
  const wrong = await run('repair orders db2 --by magic');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('empty, flashback, clone');
});
