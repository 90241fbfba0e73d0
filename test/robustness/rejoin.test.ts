/** An old primary comes back with transactions that nobody else has. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { enableSemiSync } from '../kit/semi-sync.ts';
import { onlyHere, RejoinScene } from './rejoin-scene.ts';

const unavailable = mysqlUnavailable();
/** Several servers, agents and controllers are started, one after the other. */
const long = 180_000;

type Moment = Parameters<RejoinScene['rejoinInterrupted']>[0] & { readonly name: string };

const engines: readonly SqlEngineKind[] = unavailable === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

describe.each(engines)('%s', (engine) => {
  it('what only it has is counted, saved with its rows, and told as it is left alone', async () => {
    await using scene = await RejoinScene.start({ engine, policy: { restore: [] } });
    await scene.writeAlone(3);
    await scene.replace();
    const operation = await scene.rejoin();
    expect(operation.status).toBe('failed');
    expect(operation.outcome?.summary).toContain('db1 was left as it is');
    expect(operation.outcome?.summary).toContain('3 transactions');
    expect(operation.outcome?.summary).toContain('failover.restore allows nothing');
    const saved = await scene.savedBy(operation);
    expect(saved?.transactions).toBe(3);
    const text = await readFile(saved?.file ?? '', 'latin1');
    for (const value of onlyHere(3)) expect(text).toContain(`'${value}'`);
    expect(text).not.toContain('everywhere');
    expect(await scene.values('db1')).toEqual(['everywhere', ...onlyHere(3)]);
  });
});

describe.each(engines)('%s, replaced by hand', (engine) => {
  it('the old primary rejoins, and what only it has may have been acknowledged', async () => {
    await using scene = await RejoinScene.start({ engine });
    await scene.writeAlone(2);
    await scene.replaceByHand();
    const planned = await scene.planRejoin();
    expect(planned.ok && planned.plan.warnings.join()).toContain('no failover is on record that replaced it');
    const because = 'no failover is on record that says what it had acknowledged';
    await scene.expectRejoined(await scene.rejoin(), { transactions: 2, because });
  });
});

describe('mariadb', () => {
  it('changes of rows are taken back, and it follows with the same rows', async () => {
    await using scene = await RejoinScene.start({ engine: 'mariadb' });
    await scene.writeAlone(4);
    await scene.alone(
      "update app.t set v = 'changed alone' where v = 'everywhere'",
      'flush binary logs',
      "insert into app.t (v) values ('then gone')",
      "delete from app.t where v = 'then gone'",
    );
    await scene.replace();
    const operation = await scene.rejoin();
    await scene.expectRejoined(operation, { transactions: 7 });
    expect(operation.outcome?.flags).toEqual([]);
    expect(operation.outcome?.loss?.names).toMatch(/^0-1-\d+\.\.0-1-\d+$/);
    expect(operation.outcome?.summary).toContain('7 transactions that only it had');
    expect(await scene.noteOf(operation, 'restore')).toBe(
      'by flashback: the changes of 7 transactions are reversed',
    );
    expect(await scene.values('db1')).toEqual(['everywhere', 'afterwards']);
    const marks = await scene.server('db1').query('select operation from dauphin.hand_over order by 1');
    const theirs = await scene.primary().query('select operation from dauphin.hand_over order by 1');
    expect(marks).toEqual(theirs);
  });

  it.each<Moment>([
    { name: 'before it is saved', step: 'save:db1', event: 'step-started', when: 'after', delayMs: 0 },
    { name: 'once it is saved', step: 'save:db1', event: 'step-done', when: 'after', delayMs: 0 },
    {
      name: 'while it is taken back',
      step: 'restore:db1',
      event: 'step-started',
      when: 'after',
      delayMs: 60,
    },
    { name: 'when it was taken back', step: 'restore:db1', event: 'step-done', when: 'before', delayMs: 0 },
  ])('a controller killed $name is carried on by the next', async (moment) => {
    await using scene = await RejoinScene.start({ engine: 'mariadb' });
    await scene.writeAlone(2);
    await scene.replace();
    await scene.expectRejoined(await scene.rejoinInterrupted(moment), { transactions: 2 });
  });

  it('what semi-synchronous replication kept from being acknowledged is discarded without loss', async () => {
    const policy = { durability: 'lossless' } as const;
    await using scene = await RejoinScene.start({ engine: 'mariadb', policy, relayed: true });
    await enableSemiSync(scene.cluster);
    await scene.seenSemiSync();
    await scene.alone();
    // What it logs and nobody acknowledges would count as known to be missing, if that was seen before it dies.
    await scene.unseen();
    const { answer } = await scene.begin("insert into app.t (v) values ('nobody was told')");
    await scene.logged('nobody was told');
    await scene.replace();
    await expect(answer).rejects.toThrow(/connection|closed|ended|lost/i);
    const operation = await scene.rejoin();
    await scene.expectRejoined(operation, { verdict: 'none', transactions: 1 });
    expect(operation.outcome?.summary).toContain('cannot have been acknowledged');
    expect(await scene.values('db1')).toEqual(['everywhere', 'afterwards']);
  });

  it.each<Moment>([
    { name: 'before it is saved', step: 'save:db1', event: 'step-started', when: 'after', delayMs: 0 },
    { name: 'as the copy begins', step: 'restore:db1', event: 'step-started', when: 'after', delayMs: 250 },
    { name: 'late in the copy', step: 'restore:db1', event: 'step-started', when: 'after', delayMs: 2000 },
    { name: 'when it was copied', step: 'restore:db1', event: 'step-done', when: 'before', delayMs: 0 },
    { name: 'as it begins to follow', step: 'follow:db1', event: 'step-started', when: 'after', delayMs: 0 },
    { name: 'once it is proven', step: 'prove', event: 'step-done', when: 'after', delayMs: 0 },
  ])(
    'a controller killed $name by agents is carried on by the next, and the old data is kept',
    async (moment) => {
      await using scene = await RejoinScene.start({ engine: 'mariadb', policy: { restore: ['clone'] } });
      await scene.writeAlone(2);
      await scene.alone('create table app.u (id int primary key)');
      await scene.replace();
      await scene.expectRejoined(await scene.rejoinInterrupted(moment), { transactions: 3 });
      const { folder } = scene.server('db1');
      expect(existsSync(`${folder}/data.dauphin-old/app/u.frm`)).toBe(true);
      expect(existsSync(`${folder}/data/.dauphin-copy`)).toBe(false);
    },
    long,
  );

  it(
    'a copy whose server was not told what it holds is completed by the next rejoin',
    async () => {
      const policy = { restore: ['clone'] } as const;
      await using scene = await RejoinScene.start({ engine: 'mariadb', policy, losesTaken: true });
      await scene.writeAlone(2);
      await scene.replace();
      await scene.onlyPrimaryGives();
      const first = await scene.rejoin();
      expect(first.status).toBe('failed');
      expect(first.outcome?.summary).toContain('its answer was lost');
      const second = await scene.rejoin();
      expect(second.outcome).toMatchObject({ flags: [] });
      expect(second.status).toBe('succeeded');
      await scene.expectSame('db1');
      expect(await scene.noteOf(second, 'compare')).toBe('it holds a copy that was not completed');
      expect(await scene.noteOf(second, 'restore')).toContain('is completed');
      const { folder } = scene.server('db1');
      expect(existsSync(`${folder}/data.dauphin-old`)).toBe(true);
      expect(existsSync(`${folder}/data/.dauphin-copy`)).toBe(false);
    },
    long,
  );

  it('with more than changes of rows it is made anew from another server, and its old data kept aside', async () => {
    await using scene = await RejoinScene.start({ engine: 'mariadb' });
    await scene.writeAlone(2);
    await scene.alone('create table app.u (id int primary key)');
    await scene.replace();
    const operation = await scene.rejoin();
    await scene.expectRejoined(operation, { transactions: 3 });
    const note = await scene.noteOf(operation, 'restore');
    expect(note).toContain('not by flashback: it holds more than changes of rows: create table app.u');
    expect(note).toMatch(/by clone: a copy of db\d; its old data lies in .*dauphin-old$/);
    expect(await scene.server('db1').query("show tables from app like 'u'")).toEqual([]);
    const { folder } = scene.server('db1');
    expect(existsSync(`${folder}/data.dauphin-old/app/u.frm`)).toBe(true);
    expect(operation.outcome?.summary).toMatch(
      /; its old data \(\d+ MiB\) is kept in .*data\.dauphin-old on its host/,
    );
  });

  it('its old data goes when the policy says so, once it is seen to follow', async () => {
    const policy = { restore: ['clone'], keepOldData: false } as const;
    await using scene = await RejoinScene.start({ engine: 'mariadb', policy });
    await scene.writeAlone(2);
    await scene.replace();
    const operation = await scene.rejoin();
    await scene.expectRejoined(operation, { transactions: 2 });
    expect(operation.outcome?.summary).not.toContain('old data');
    expect(existsSync(`${scene.server('db1').folder}/data.dauphin-old`)).toBe(false);
  });

  it('nothing is replaced where its disk has no room for a copy', async () => {
    const room = { free: 1_000_000, spare: 0 };
    await using scene = await RejoinScene.start({ engine: 'mariadb', policy: { restore: ['clone'] }, room });
    await scene.writeAlone(2);
    await scene.replace();
    const operation = await scene.rejoin();
    expect(operation.status).toBe('failed');
    expect(operation.outcome?.summary).toMatch(/the copy needs \d+ MiB on its disk, and 1 MiB are there/);
    expect(await scene.values('db1')).toEqual(['everywhere', ...onlyHere(2)]);
  });

  it('a table that was altered is not taken back, and it says why', async () => {
    await using scene = await RejoinScene.start({ engine: 'mariadb', policy: { restore: ['flashback'] } });
    await scene.writeAlone(1);
    await scene.alone('create table app.u (id int primary key)');
    await scene.replace();
    const operation = await scene.rejoin();
    expect(operation.outcome?.summary).toContain('it holds more than changes of rows: create table app.u');
    expect(await scene.values('db1')).toEqual(['everywhere', ...onlyHere(1)]);
  });

  it('what a foreign key changed along with it is not taken back in part', async () => {
    await using scene = await RejoinScene.start({ engine: 'mariadb', policy: { restore: ['flashback'] } });
    await scene.everywhere(
      'create table app.p (id int primary key) engine=innodb',
      'create table app.c (id int primary key, p int, foreign key (p) references app.p (id) on delete cascade) engine=innodb',
      'insert into app.p values (1)',
      'insert into app.c values (1, 1)',
    );
    await scene.alone('delete from app.p where id = 1');
    await scene.replace();
    const operation = await scene.rejoin();
    expect(operation.outcome?.summary).toContain('app.p cannot be taken back: it has cascading foreign keys');
  });
});

describe.skipIf(unavailable !== undefined)('mysql', () => {
  it('one is made anew as a copy of a replica, and follows with the same rows', async () => {
    await using scene = await RejoinScene.start({ engine: 'mysql' });
    await scene.writeAlone(5);
    await scene.replace();
    const operation = await scene.rejoin();
    await scene.expectRejoined(operation, { transactions: 5 });
    expect(operation.outcome?.flags).toEqual([]);
    expect(await scene.noteOf(operation, 'restore')).toMatch(/^by clone: a copy of db[23]$/);
    expect(await scene.values('db1')).toEqual(['everywhere', 'afterwards']);
  });

  it.each<Moment>([
    { name: 'before it is saved', step: 'save:db1', event: 'step-started', when: 'after', delayMs: 0 },
    { name: 'once it is saved', step: 'save:db1', event: 'step-done', when: 'after', delayMs: 0 },
    { name: 'as the copy begins', step: 'restore:db1', event: 'step-started', when: 'after', delayMs: 40 },
    { name: 'while it is copied', step: 'restore:db1', event: 'step-started', when: 'after', delayMs: 400 },
    { name: 'as it goes down', step: 'restore:db1', event: 'step-started', when: 'after', delayMs: 1200 },
    { name: 'when it was copied', step: 'restore:db1', event: 'step-done', when: 'before', delayMs: 0 },
    { name: 'as it begins to follow', step: 'follow:db1', event: 'step-started', when: 'after', delayMs: 0 },
    { name: 'before it is proven', step: 'prove', event: 'step-started', when: 'after', delayMs: 0 },
  ])(
    'a controller killed $name is carried on by the next',
    async (moment) => {
      await using scene = await RejoinScene.start({ engine: 'mysql' });
      await scene.writeAlone(2);
      await scene.replace();
      await scene.expectRejoined(await scene.rejoinInterrupted(moment), { transactions: 2 });
    },
    long,
  );

  it('nothing is replaced once the file with what only it has is gone', async () => {
    await using scene = await RejoinScene.start({ engine: 'mysql' });
    await scene.writeAlone(2);
    await scene.replace();
    const operation = await scene.rejoinInterrupted(
      { step: 'save:db1', event: 'step-done', when: 'after', delayMs: 0 },
      () => rm(`${scene.cluster.folder}/salvaged`, { recursive: true }),
    );
    expect(operation.status).toBe('failed');
    expect(operation.outcome?.summary).toContain('db1 is not copied to');
    expect(await scene.values('db1')).toEqual(['everywhere', ...onlyHere(2)]);
  });
});
