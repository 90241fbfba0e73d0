/** What stands beside a switchover by the real program: a HAProxy that dies or forgets, and people's own programs. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { app, dauphin } from '../kit/accounts.ts';
import { expectFollows, expectNothingLost, expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { until } from '../kit/deadline.ts';
import { isAlive } from '../kit/folder.ts';
import { type Haproxy, startHaproxy } from '../kit/haproxy.ts';
import { SqlClient } from '../kit/sql.ts';
import { startWriter } from '../kit/writer.ts';
import { home, type Served, serve } from './serve-scene.ts';

/** A route that has drifted is back on the primary within this. */
const MENDED_MS = 5000;
const every = { deadlineMs: MENDED_MS, everyMs: 50 };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

let scripts = 0;
/** A shell script of its own folder; `$DIR` in it is that folder. */
async function script(text: string): Promise<{ readonly path: string; readonly folder: string }> {
  scripts += 1;
  const folder = `${cluster.folder}/hook-${scripts}`;
  await mkdir(folder);
  await writeFile(`${folder}/hook`, `#!/bin/sh\nDIR='${folder}'\n${text}\n`, { mode: 0o755 });
  return { path: `${folder}/hook`, folder };
}

/** The server that a new client of the route comes to; undefined when it comes to none. */
async function clientReaches(haproxy: Haproxy): Promise<string | undefined> {
  const target = { engine: 'mariadb', address: haproxy.address, account: app } as const;
  const client = await SqlClient.open(target, 1000).catch(() => undefined);
  try {
    const [row] = (await client?.query('select @@server_id as id', 1000)) ?? [];
    return row === undefined ? undefined : `db${row.id}`;
  } catch {
    return undefined;
  } finally {
    client?.close();
  }
}

const reaches = (haproxy: Haproxy, name: string) =>
  until(`clients to come to ${name}`, every, async () => (await clientReaches(haproxy)) === name);

const routeFindings = async (served: Served) =>
  (await served.findings()).filter(({ code }) => code.startsWith('route-'));

const causeOf = ({ outcome }: Operation): string | undefined => outcome?.cause?.code;

describe('a HAProxy', () => {
  let haproxy: Haproxy;
  beforeEach(async () => {
    const folder = `${cluster.folder}/haproxy-${Date.now()}`;
    await mkdir(folder);
    haproxy = await startHaproxy({ folder, target: cluster.primary.address });
    return () => haproxy[Symbol.asyncDispose]();
  });

  it('that is dead beforehand is a reason to refuse', async () => {
    await using served = await serve({ cluster, haproxy });
    await haproxy.kill();
    const { code, stderr } = await served.cli('switchover', 'orders', '--to', 'db2');
    expect(code).toBe(3);
    expect(stderr).toContain('rw');
    const findings = await served.cli('findings', 'orders');
    expect(findings.stdout).toContain('route-unreachable');
    await expectOnePrimary(cluster, 'db1');
    await haproxy.restart();
    await reaches(haproxy, 'db1');
    await until('no finding', every, async () => (await routeFindings(served)).length === 0);
  });

  it('that dies before its clients are held takes everything back, and clients go on when it is there again', async () => {
    const killer = await script(`kill -9 ${haproxy.pid}; exit 0`);
    const clusterKeys = { hooks: { beforeSwitchover: [{ command: [killer.path] }] } };
    await using served = await serve({ cluster, haproxy, clusterKeys });
    const operation = await served.ended((await served.begin('db2')).id);
    expect(operation.status).toBe('rolled-back');
    expect(causeOf(operation)).toBe('route-unreachable');
    await expectOnePrimary(cluster, 'db1');
    for (const server of cluster.servers) await expectFollows(server, cluster.primary);
    await haproxy.restart();
    await reaches(haproxy, 'db1');
  });

  it('that dies while its clients are held loses no write, and is on the primary within five seconds of its return', async () => {
    const clusterKeys = { switchover: { grace: '1500ms' } };
    await using served = await serve({ cluster, haproxy, clusterKeys });
    await using writer = await startWriter({
      folder: cluster.folder,
      servers: cluster.servers,
      proxy: haproxy.address,
      rate: 100,
      statementMs: 15_000,
    });
    const holdUp = await SqlClient.open(
      { engine: 'mariadb', address: cluster.primary.address, account: app },
      5000,
    );
    await holdUp.query("begin; insert into app.writes (id, at) values ('open', now(6))");
    await sleep(300);
    const { id } = await served.begin('db2');
    await served.reaches(id, 'step-started', 'drain:db1');
    await haproxy.kill();
    const operation = await served.ended(id);
    holdUp.close();
    // The hold was done, so nothing stands in the promotion's way; the release is what is left to repair.
    expect(operation.status).toBe('succeeded');
    expect(operation.outcome?.flags.map(({ step }) => step)).toEqual(['release:rw']);
    await haproxy.restart();
    await reaches(haproxy, 'db2');
    await until('writes on db2', { deadlineMs: 10_000 }, async () => (await writer.stats()).server === 'db2');
    await expectNothingLost(await writer.stop(), await expectOnePrimary(cluster, 'db2'));
    await home(served);
  });

  it('that forgets its address by a restart is reported and mended within five seconds', async () => {
    await using served = await serve({ cluster, haproxy });
    expect((await served.ended((await served.begin('db2')).id)).status).toBe('succeeded');
    await reaches(haproxy, 'db2');
    await haproxy.restart();
    const began = performance.now();
    await until('the finding', every, async () =>
      (await routeFindings(served)).some(
        ({ code, severity }) => code === 'route-elsewhere' && severity === 'critical',
      ),
    );
    await reaches(haproxy, 'db2');
    expect(performance.now() - began).toBeLessThan(MENDED_MS + 1000);
    await until('no finding', every, async () => (await routeFindings(served)).length === 0);
    await home(served);
    await reaches(haproxy, 'db1');
  });
});

describe('a hook', () => {
  it('before that says no stops the switchover with its status and its words', async () => {
    const hook = await script('echo "change freeze until Monday" >&2; exit 7');
    const clusterKeys = { hooks: { beforeSwitchover: [{ command: [hook.path, 'an argument'] }] } };
    await using served = await serve({ cluster, clusterKeys });
    const { code, stdout } = await served.cli('switchover', 'orders', '--to', 'db2');
    expect(code).toBe(1);
    expect(stdout).toContain('status 7');
    expect(stdout).toContain('change freeze until Monday');
    const [operation] = await served.operations();
    expect(operation?.status).toBe('rolled-back');
    expect(operation && causeOf(operation)).toBe('hook-vetoed');
    await expectOnePrimary(cluster, 'db1');
  });

  it('that is no program is a no as well', async () => {
    const clusterKeys = { hooks: { beforeSwitchover: [{ command: ['/nowhere/hook'] }] } };
    await using served = await serve({ cluster, clusterKeys });
    const operation = await served.ended((await served.begin('db2')).id);
    expect(operation.status).toBe('rolled-back');
    expect(operation.outcome?.cause?.message).toContain('/nowhere/hook');
  });

  it('before that hangs is killed with all that it started, and stops the switchover', async () => {
    const hook = await script('sleep 600 & echo $! >"$DIR/child"; echo $$ >"$DIR/self"; wait');
    const clusterKeys = { hooks: { beforeSwitchover: [{ command: [hook.path], timeout: '700ms' }] } };
    await using served = await serve({ cluster, clusterKeys });
    const began = performance.now();
    const operation = await served.ended((await served.begin('db2')).id);
    expect(performance.now() - began).toBeLessThan(8000);
    expect(operation.status).toBe('rolled-back');
    expect(causeOf(operation)).toBe('hook-timed-out');
    for (const file of ['child', 'self']) {
      const pid = Number(await readFile(`${hook.folder}/${file}`, 'utf8'));
      await until(`${file} to be gone`, every, async () => !isRunning(pid));
    }
    await expectOnePrimary(cluster, 'db1');
  });

  it('hears what happens, before and after, in variables and as JSON, and none of our secrets', async () => {
    const hook = await script('cat >"$DIR/$DAUPHIN_MOMENT.json"; env >"$DIR/$DAUPHIN_MOMENT.env"');
    const hooks = {
      beforeSwitchover: [{ command: [hook.path] }],
      afterSwitchover: [{ command: [hook.path] }],
    };
    await using served = await serve({ cluster, clusterKeys: { hooks } });
    const operation = await served.ended((await served.begin('db2')).id);
    expect(operation).toMatchObject({ status: 'succeeded', outcome: { flags: [] } });
    const [db1, db2] = cluster.servers.map(({ name, address }) => ({ name, ...address }));
    for (const moment of ['before', 'after']) {
      const told: unknown = JSON.parse(await readFile(`${hook.folder}/${moment}.json`, 'utf8'));
      expect(told).toMatchObject({
        operation: operation.id,
        cluster: 'orders',
        moment,
        oldPrimary: db1,
        newPrimary: db2,
      });
      const lines = (await readFile(`${hook.folder}/${moment}.env`, 'utf8')).split('\n');
      expect(lines).toEqual(
        expect.arrayContaining([
          `DAUPHIN_OPERATION=${operation.id}`,
          'DAUPHIN_CLUSTER=orders',
          `DAUPHIN_MOMENT=${moment}`,
          'DAUPHIN_OLD_PRIMARY=db1',
          `DAUPHIN_OLD_PRIMARY_HOST=${db1?.host}`,
          `DAUPHIN_NEW_PRIMARY_PORT=${db2?.port}`,
        ]),
      );
      expect(lines.join('\n')).not.toContain(dauphin.password.concat('='));
      expect(lines.filter((line) => /TOKEN|PASSWORD/.test(line))).toEqual([]);
    }
    const after = await readFile(`${hook.folder}/after.env`, 'utf8');
    expect(after).toContain('DAUPHIN_STATUS=succeeded');
    expect(after).toMatch(/DAUPHIN_POSITION=0-\d+-\d+/);
    expect(await readFile(`${hook.folder}/before.env`, 'utf8')).not.toContain('DAUPHIN_STATUS');
    await home(served);
  });

  it('after that fails is flagged and changes nothing', async () => {
    const hook = await script('echo "mail server down" >&2; exit 1');
    const clusterKeys = { hooks: { afterSwitchover: [{ command: [hook.path] }] } };
    await using served = await serve({ cluster, clusterKeys });
    const { code, stdout } = await served.cli('switchover', 'orders', '--to', 'db2');
    expect(code).toBe(0);
    expect(stdout).toContain('mail server down');
    await home(served);
  });
});

/** A child nobody has reaped yet is not running any more. */
function isRunning(pid: number): boolean {
  return isAlive(pid) && existsSync(`/proc/${pid}/exe`);
}
