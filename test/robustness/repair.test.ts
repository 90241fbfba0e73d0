/** A replica that somebody wrote to, and what is done about it on request. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { RepairMeans } from '../../src/core/policy.ts';
import { SOON, until } from '../kit/deadline.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { RepairScene } from './repair-scene.ts';

const unavailable = mysqlUnavailable();
/** Several servers, agents and controllers are started, one after the other. */
const long = 180_000;

const engines: readonly SqlEngineKind[] = unavailable === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

const strayRow = (id: number): string => `insert into app.t (id, v) values (${id}, 'stray ${id}')`;

describe.each(engines)('%s', (engine) => {
  it('one by clone has its rows and names no more, they are kept as a file, and it follows', async () => {
    await using scene = await RepairScene.start({ engine });
    await scene.stray('db3', strayRow(50), strayRow(51));
    await scene.seenErrant('db3');
    expect(scene.findings('db3').join()).toContain('`dauphin repair orders db3 --dry-run`');
    const operation = await scene.repair('db3', 'clone');
    expect(operation.outcome?.cause).toBeUndefined();
    expect(operation).toMatchObject({ status: 'succeeded', kind: 'repair', outcome: { flags: [] } });
    const saved = (await scene.outputOf(operation, 'save'))?.saved;
    expect(saved).toMatchObject({ transactions: 2, tables: ['app.t'] });
    const text = await readFile(saved?.file ?? '', 'latin1');
    for (const row of ['stray 50', 'stray 51']) expect(text).toContain(`'${row}'`);
    expect(text).not.toContain('everywhere');
    await scene.expectFollows('db3');
    expect(await scene.values('db3')).toEqual(['afterwards 100', 'everywhere']);
    await scene.expectNothingErrant('db3');
  });

  it('refuses what cannot be, before anything is touched', async () => {
    await using scene = await RepairScene.start({ engine, agents: false });
    const codeOf = async (server: string, by?: 'empty' | 'flashback' | 'clone') => {
      const answer = await scene.plan(server, by);
      return answer.ok ? 'a plan' : answer.refusals.map(({ code }) => code).join();
    };
    expect(await codeOf('db3')).toBe('nothing-to-repair');
    expect(await codeOf('db1')).toBe('already-primary');
    await expect(scene.plan('nobody')).rejects.toThrow('no server "nobody"');
    await scene.stray('db3', strayRow(50));
    expect(await codeOf('db3', engine === 'mysql' ? 'flashback' : 'empty')).toBe('repair-impossible');
    expect(await codeOf('db3', 'clone')).toBe('no-agent');
    await scene.server('db2').stop();
    expect(await codeOf('db2')).toBe('candidate-unreachable');
    expect(await scene.values('db3')).toEqual(['everywhere', 'stray 50']);
  });
});

async function expectAsBefore(scene: RepairScene, { status, outcome }: Operation): Promise<void> {
  expect({ status, flags: outcome?.flags }).toEqual({ status: 'rolled-back', flags: [] });
  await until('db3 to replicate', SOON, async () => {
    const [channel] = await scene.server('db3').query('show slave status');
    return channel?.Slave_IO_Running === 'Yes' && channel.Slave_SQL_Running === 'Yes';
  });
  expect(await scene.values('db3')).toEqual(['everywhere', 'stray 50']);
}

describe('mariadb', () => {
  it('one whose replication broke on it is rid of it by flashback, and follows', async () => {
    await using scene = await RepairScene.start({ engine: 'mariadb' });
    await scene.stray('db3', strayRow(50), "update app.t set v = 'changed' where v = 'everywhere'");
    await scene.brokenAfterWrites('db3');
    await scene.seenErrant('db3');
    const operation = await scene.repair('db3');
    expect(operation.outcome?.cause).toBeUndefined();
    expect(operation.status).toBe('succeeded');
    expect((await scene.outputOf(operation, 'restore'))?.note).toContain('by flashback');
    await scene.expectFollows('db3');
    expect(await scene.values('db3')).toEqual([
      'afterwards 100',
      'everywhere',
      'meanwhile 60',
      'meanwhile 61',
      'meanwhile 62',
    ]);
    await scene.expectNothingErrant('db3');
  });

  it('what cannot be taken back leaves it as it was, replicating', async () => {
    await using scene = await RepairScene.start({ engine: 'mariadb' });
    await scene.stray('db3', strayRow(50), 'create table app.u (id int primary key)');
    await scene.seenErrant('db3');
    const operation = await scene.repair('db3', 'flashback');
    expect(operation.outcome?.summary).toContain('it holds more than changes of rows');
    await expectAsBefore(scene, operation);
  });

  it(
    'a controller that dies on the way back is followed by one that goes on with that, and tries nothing anew',
    async () => {
      await using scene = await RepairScene.start({ engine: 'mariadb' });
      await scene.stray('db3', strayRow(50), 'create table app.u (id int primary key)');
      await scene.seenErrant('db3');
      const moment = { step: 'stop:db3', event: 'undo-started', when: 'after', delayMs: 0 } as const;
      const operation = await scene.repairInterrupted('db3', moment, 'flashback');
      const events = (await scene.journalOf(operation)).map(({ what }) => what.event);
      expect(events.slice(events.indexOf('resumed'))).not.toContain('step-started');
      await expectAsBefore(scene, operation);
    },
    long,
  );
});

describe.skipIf(unavailable !== undefined)('mysql', () => {
  it('empty transactions make its history everybody’s, and leave its rows', async () => {
    await using scene = await RepairScene.start({ engine: 'mysql' });
    await scene.stray('db3', strayRow(50), strayRow(51));
    await scene.seenErrant('db3');
    const planned = await scene.plan('db3', 'empty');
    if (!planned.ok) throw new Error(JSON.stringify(planned.refusals));
    expect(planned.plan.warnings.join()).toContain('the rows of db3 stay different');
    expect(planned.plan.facts[0]?.text).toMatch(
      /db3 has 2 transactions that never were on db1: [0-9a-f-]{36}:1-2/,
    );
    const operation = await scene.repair('db3', 'empty');
    expect(operation.outcome?.cause).toBeUndefined();
    expect(operation.status).toBe('succeeded');
    expect((await scene.outputOf(operation, 'save'))?.saved?.tables).toEqual(['app.t']);
    await scene.expectFollows('db3');
    await scene.expectFollows('db2', 101);
    await scene.seesRow('db3', 101);
    expect(await scene.values('db3')).toEqual([
      'afterwards 100',
      'afterwards 101',
      'everywhere',
      'stray 50',
      'stray 51',
    ]);
    expect(await scene.values('db1')).toEqual(['afterwards 100', 'afterwards 101', 'everywhere']);
    await scene.expectNothingErrant('db3');
  });

  it('empty transactions need no agent', async () => {
    await using scene = await RepairScene.start({ engine: 'mysql', agents: false });
    await scene.stray('db3', strayRow(50));
    await scene.seenErrant('db3');
    const operation = await scene.repair('db3', 'empty');
    expect(operation.status).toBe('succeeded');
    await scene.expectNothingErrant('db3');
  });

  it('one that feeds others is not made anew', async () => {
    await using scene = await RepairScene.start({ engine: 'mysql', shape: 'chain' });
    await scene.stray('db2', strayRow(50));
    await scene.seenErrant('db2');
    const answer = await scene.plan('db2', 'clone');
    expect(answer).toMatchObject({ ok: false, refusals: [{ code: 'feeds-replicas' }] });
    const operation = await scene.repair('db2', 'empty');
    expect(operation.status).toBe('succeeded');
    await scene.expectNothingErrant('db3');
  });
});

interface Death {
  readonly name: string;
  readonly by: RepairMeans;
  readonly step: string;
  readonly delayMs: number;
}

const deaths: Readonly<Record<SqlEngineKind, readonly Death[]>> = {
  mysql: [
    { name: 'before the empty ones', by: 'empty', step: 'commit-empty:db1', delayMs: 0 },
    { name: 'after the empty ones', by: 'empty', step: 'follow:db3', delayMs: 0 },
  ],
  mariadb: [{ name: 'while it is taken back', by: 'flashback', step: 'restore:db3', delayMs: 60 }],
};

describe.each(engines)('%s, a controller that dies', (engine) => {
  it.each<Death>([
    { name: 'as replication stops', by: 'clone', step: 'stop:db3', delayMs: 0 },
    { name: 'before it is saved', by: 'clone', step: 'save:db3', delayMs: 0 },
    { name: 'while it is copied', by: 'clone', step: 'restore:db3', delayMs: 900 },
    { name: 'when it was copied', by: 'clone', step: 'follow:db3', delayMs: 0 },
    ...deaths[engine],
  ])(
    '$by, $name: the next carries on',
    async ({ by, step, delayMs }) => {
      await using scene = await RepairScene.start({ engine });
      await scene.stray('db3', strayRow(50), strayRow(51));
      await scene.seenErrant('db3');
      const moment = { step, delayMs, event: 'step-started', when: 'after' } as const;
      const operation = await scene.repairInterrupted('db3', moment, by);
      expect(operation.outcome?.cause).toBeUndefined();
      expect(operation.status).toBe('succeeded');
      await scene.expectFollows('db3');
      const left = by === 'empty' ? ['stray 50', 'stray 51'] : [];
      expect(await scene.values('db3')).toEqual(['afterwards 100', 'everywhere', ...left]);
      await scene.expectNothingErrant('db3');
    },
    long,
  );
});
