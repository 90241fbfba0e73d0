/** The program as people run it: a controller process, a command line, HTTP, on a real MariaDB cluster. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { topologySchema } from '../../src/contract/topology-schema.ts';
import { expectFollows, expectNothingLost, expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { until } from '../kit/deadline.ts';
import { createWorkFolder } from '../kit/folder.ts';
import { startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/ports.ts';
import { startWriter } from '../kit/writer.ts';
import { EventReader } from './event-reader.ts';
import { configurationFor, home, runDauphin, type Served, serve } from './serve-scene.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

describe('the command line', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve({ cluster });
  });
  afterAll(() => served[Symbol.asyncDispose]());

  it('draws the topology, for people and for machines', async () => {
    const drawn = await served.cli('topology', 'orders');
    expect(drawn).toMatchObject({ code: 0, stderr: '' });
    for (const word of ['orders', 'db1', 'db2', 'db3', 'primary', cluster.primary.version])
      expect(drawn.stdout).toContain(word);
    expect(drawn.stdout, 'no colour where there is no terminal').not.toContain('\u001b');
    const { code, stdout } = await served.cli('--json', 'topology', 'orders');
    expect(code).toBe(0);
    const { nodes } = topologySchema.parse(JSON.parse(stdout));
    expect(nodes.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'db1 primary',
      'db2 replica',
      'db3 replica',
    ]);
  });

  it('shows the plan with --dry-run and changes nothing', async () => {
    const shown = await served.cli('switchover', 'orders', '--to', 'db2', '--dry-run');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('db1');
    expect(shown.stdout).toContain('db2 writable');
    const json = await served.cli('switchover', 'orders', '--dry-run', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'switchover', from: { name: 'db1' } });
    expect(await served.operations()).toEqual([]);
    await expectOnePrimary(cluster, 'db1');
  });

  it('hands over under load, tells of it, and keeps the story', async () => {
    await using writer = await startWriter({ folder: cluster.folder, servers: cluster.servers, rate: 200 });
    await sleep(300);
    const ran = await served.cli('switchover', 'orders', '--to', 'db2');
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('db2 is the primary');
    await sleep(200);
    await expectNothingLost(await writer.stop(), await expectOnePrimary(cluster, 'db2'));
    for (const server of cluster.servers) await expectFollows(server, cluster.server('db2'));
    const [operation] = await served.operations();
    const listed = await served.cli('operations', 'orders');
    expect(listed.stdout).toContain(operation?.id);
    const story = await served.cli('explain', operation?.id ?? '');
    expect(story.code).toBe(0);
    for (const word of ['db1 read-only', 'db2 writable', 'succeeded']) expect(story.stdout).toContain(word);
    const drawn = await served.cli('topology');
    expect(drawn.stdout.indexOf('db2')).toBeLessThan(drawn.stdout.indexOf('db1'));
    const back = await served.cli('switchover', 'orders', '--to', 'db1', '--json');
    expect(back.code).toBe(0);
    expect(JSON.parse(back.stdout)).toMatchObject({ status: 'succeeded', outcome: { flags: [] } });
  });

  it('ends with 3 and the reasons when it is refused', async () => {
    await home(served);
    const refused = await served.cli('switchover', 'orders', '--to', 'db1');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('refused, nothing was changed');
    expect(refused.stderr).toContain('db1 is the primary already');
    await cluster.server('db2').query('stop slave');
    const dry = await served.cli('switchover', 'orders', '--to', 'db2', '--dry-run', '--json');
    await cluster.server('db2').query('start slave');
    expect(dry.code).toBe(3);
    expect(JSON.parse(dry.stdout)).toMatchObject({
      error: { code: 'refused', refusals: [{ code: 'candidate-stopped' }] },
    });
  });

  it.each([
    { title: 'an unknown cluster', args: ['topology', 'order'], says: 'orders' },
    { title: 'an unknown cluster of a switchover', args: ['switchover', 'order'], says: 'orders' },
    { title: 'an unknown server', args: ['switchover', 'orders', '--to', 'db9'], says: 'db1' },
    { title: 'an unknown operation', args: ['explain', 'sw-0'], says: 'sw-0' },
    { title: 'a wrong token', args: ['topology', '--token', 'not-the-token-at-all'], says: 'token' },
    { title: 'an unknown command', args: ['topologie'], says: 'topologie' },
    { title: 'an unknown option', args: ['topology', '--jsonn'], says: '--jsonn' },
  ])('ends with 2 for $title, and says what there is', async ({ args, says }) => {
    const ran = await served.cli(...args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(says);
    expect(ran.stdout).toBe('');
  });

  it('ends with 1 where there is no controller, and says where it looked', async () => {
    const url = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
    const ran = await served.cli('topology', '--url', url);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(url);
  });
});

describe('the API', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve({ cluster });
  });
  afterAll(() => served[Symbol.asyncDispose]());

  interface Failure {
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly details?: Record<string, unknown>;
      readonly refusals?: readonly { readonly code: string }[];
    };
  }
  const failureOf = async (response: Response): Promise<Failure> => (await response.json()) as Failure;

  it.each(['/v1/clusters', '/v1/operations', '/v1/events', '/v1/nothing'])(
    'answers 401 to a stranger at %s',
    async (path) => {
      for (const authorization of ['', 'Bearer wrong', `Basic ${served.token}`]) {
        const response = await served.http(path, { headers: { authorization } });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
        expect((await failureOf(response)).error.code).toBe('unauthorized');
      }
    },
  );

  it.each([
    { body: { too: 'db2' }, field: 'too' },
    { body: { to: 5 }, field: 'to' },
    { body: { to: '' }, field: 'to' },
    { body: { dryRun: 'yes' }, field: 'dryRun' },
    { body: { requestedBy: {} }, field: 'requestedBy' },
  ])('answers 400 that names the field to $body', async ({ body, field }) => {
    const response = await served.post('/v1/clusters/orders/switchover', body);
    expect(response.status).toBe(400);
    const { error } = await failureOf(response);
    expect(error.code).toBe('bad-request');
    expect(error.details).toMatchObject({ field, in: 'body' });
    expect(error.message).toContain(`"${field}"`);
  });

  it.each(['{', '[]', '"db2"', ''])('answers 400 to the body %j', async (body) => {
    const response = await served.post('/v1/clusters/orders/switchover', body);
    expect(response.status).toBe(400);
    expect((await failureOf(response)).error.code).toBe('bad-request');
  });

  it.each([
    '/v1/clusters/order',
    '/v1/clusters/order/topology',
    '/v1/servers/db9',
    '/v1/operations/sw-0',
    '/v1/operations/sw-0/journal',
    '/v1/nothing',
  ])('answers 404 at %s', async (path) => {
    const response = await served.http(path);
    expect(response.status).toBe(404);
    expect((await failureOf(response)).error.code).toBe('not-found');
  });

  it('answers 409 with the reasons, and keeps the refused operation', async () => {
    const response = await served.post('/v1/clusters/orders/switchover', { to: 'db1' });
    expect(response.status).toBe(409);
    const { error } = await failureOf(response);
    expect(error.refusals?.map(({ code }) => code)).toEqual(['already-primary']);
    const operation = await served.operation(String(error.details?.operation));
    expect(operation).toMatchObject({ status: 'refused', refusals: error.refusals });
  });

  it('tells a running switchover as it goes, and goes on after a break without loss', async () => {
    const first = await EventReader.open(served);
    const operation = await served.begin('db2');
    const seen = await first.take(7);
    await first.close();
    const last = seen.at(-1)?.id;
    // It ends while nobody listens.
    await served.ended(operation.id);
    const second = await EventReader.open(served, { 'last-event-id': String(last) });
    const rest = await second.takeUntil(
      ({ data }) => data.kind === 'operation' && data.operation.status !== 'running',
    );
    await second.close();
    // The last event before the break may come again: several can share a revision.
    const told = new Set(
      [...seen, ...rest].flatMap(({ data }) =>
        data.kind === 'journal' && data.entry.operation === operation.id ? [data.entry.sequence] : [],
      ),
    );
    const journal = await served.journal(operation.id);
    expect([...told]).toEqual(journal.map(({ sequence }) => sequence));
    const ids = [...seen, ...rest].map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    await home(served);
  });

  it('lets only its own user read the token, and listens on 127.0.0.1 only', async () => {
    expect(statSync(served.tokenFile).mode & 0o777).toBe(0o600);
    expect(statSync(served.dataDir).mode & 0o777).toBe(0o700);
    const others = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).filter(({ internal }) => !internal).map(({ address }) => address),
    );
    for (const host of ['127.0.0.2', ...others.filter((address) => !address.includes(':'))]) {
      expect(await canConnect(host, served.port), host).toBe(false);
    }
    expect(await canConnect('127.0.0.1', served.port)).toBe(true);
  });

  it('keeps the token over a restart', async () => {
    await served.child.stop();
    const token = served.token;
    served = await serve({ cluster, dataDir: served.dataDir });
    expect(served.token).toBe(token);
    expect((await served.operations()).length).toBeGreaterThan(0);
  });
});

function canConnect(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port, timeout: 2000 });
  socket.once('connect', () => resolve(true));
  for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false));
  return promise.finally(() => socket.destroy());
}

describe('a configuration that is wrong', () => {
  const configure = async (change: (text: string) => string): Promise<{ code: number; stderr: string }> => {
    await using folder = await createWorkFolder('config');
    const text = stringify(configurationFor({ cluster }, folder.file('data'), 0));
    await writeFile(folder.file('dauphin.yaml'), change(text));
    return await runDauphin(['serve', '--config', folder.file('dauphin.yaml')]);
  };

  it.each([
    {
      title: 'a misspelt key',
      change: (text: string) => text.replace('seeds:', 'sedes:'),
      says: [/clusters\[0\]\.sedes: .*did you mean seeds/],
    },
    {
      title: 'a misspelt key at the top',
      change: (text: string) => `${text}lissen: {}\n`,
      says: [/lissen: .*did you mean listen/],
    },
    {
      title: 'a wrong value',
      change: (text: string) => text.replace('engine: mariadb', 'engine: oracle'),
      says: [/clusters\[0\]\.engine/, /mariadb/],
    },
    { title: 'no YAML', change: () => 'clusters: [', says: [/dauphin\.yaml:\d+/] },
  ])('ends with 2 for $title, names the place, and shows no password', async ({ change, says }) => {
    const { code, stderr } = await configure(change);
    expect(code).toBe(2);
    for (const words of says) expect(stderr).toMatch(words);
    expect(stderr).not.toContain('password: dauphin');
  });

  it('ends with 2 when there is none', async () => {
    const ran = await runDauphin(['serve', '--config', '/nowhere/dauphin.yaml']);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('/nowhere/dauphin.yaml');
  });
});

describe('the process', () => {
  /** Ids of the processes that this one has started and that still run. */
  const childrenOf = (pid: number): readonly string[] =>
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .filter((entry) => {
        try {
          return (
            readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(pid)
          );
        } catch {
          return false;
        }
      });

  it('ends within five seconds of SIGTERM, with streams open, and leaves nothing behind', async () => {
    await using served = await serve({ cluster });
    const stream = await EventReader.open(served);
    const began = performance.now();
    served.child.kill('SIGTERM');
    expect(await served.child.awaitExit(5000)).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(5000);
    await stream.ended();
    expect(childrenOf(served.child.pid)).toEqual([]);
    const left = readdirSync(served.dataDir).filter(
      (name) => !/^(token|authority\.pem|dauphin\.db(-wal|-shm)?)$/.test(name),
    );
    expect(left).toEqual([]);
    await expectOnePrimary(cluster, 'db1');
  });

  it('lets a running switchover end first', async () => {
    const clusterKeys = { hooks: { beforeSwitchover: [{ command: ['/bin/sleep', '1'] }] } };
    await using served = await serve({ cluster, clusterKeys });
    const { id } = await served.begin('db2');
    await served.reaches(id, 'step-started', 'hook-before:1');
    served.child.kill('SIGTERM');
    expect(await served.child.awaitExit(15_000)).toEqual({ code: 0, signal: null });
    await using next = await serve({ cluster, dataDir: served.dataDir });
    expect(await next.operation(id)).toMatchObject({ status: 'succeeded', resumed: 0 });
    await home(next);
  });

  it('beside another on the same data is refused while the other hands over, and leaves its record alone', async () => {
    const goOn = `${cluster.folder}/go-on`;
    // It ends with the folder, too, should nobody tell it to go on.
    const waits = `while [ -d '${cluster.folder}' ] && [ ! -e '${goOn}' ]; do sleep 0.1; done`;
    const hook = { command: ['/bin/sh', '-c', waits], timeout: '90s' };
    await using first = await serve({ cluster, clusterKeys: { hooks: { beforeSwitchover: [hook] } } });
    const { id } = await first.begin('db2');
    await using second = await serve({ cluster, dataDir: first.dataDir });
    const refused = await second.post('/v1/clusters/orders/switchover', { to: 'db3' });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('operation-running');
    await writeFile(goOn, '');
    const ended = await first.ended(id);
    expect(ended).toMatchObject({ status: 'succeeded', resumed: 0 });
    await sleep(2000);
    const later = await second.operation(id);
    expect(later, 'the other does not take up what has ended').toEqual(ended);
    await home(second);
  });
});

describe('clients behind HAProxy', () => {
  it('follow along with a switchover by the command line', async () => {
    await using haproxy = await startHaproxy({ folder: cluster.folder, target: cluster.primary.address });
    await using served = await serve({ cluster, haproxy });
    await using writer = await startWriter({
      folder: cluster.folder,
      servers: cluster.servers,
      proxy: haproxy.address,
      rate: 200,
      statementMs: 15_000,
    });
    await sleep(300);
    expect((await served.cli('switchover', 'orders', '--to', 'db2')).code).toBe(0);
    await until('writes on db2', { deadlineMs: 10_000 }, async () => (await writer.stats()).server === 'db2');
    const report = await writer.stop();
    await expectNothingLost(report, await expectOnePrimary(cluster, 'db2'));
    expect(report.switches).toMatchObject([{ from: 'db1', to: 'db2' }]);
    await home(served);
  });
});
