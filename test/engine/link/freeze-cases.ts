import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import { app, boss } from '../../kit/accounts.ts';
import { call } from '../../kit/call.ts';
import { SOON, until } from '../../kit/deadline.ts';
import type { SqlClient } from '../../kit/sql.ts';
import { failure, insert, LinkScene } from './scene.ts';

const OPTION_PREVENTS_STATEMENT = 1290;
/** Long enough for a write that is let through to be there. */
const QUIET_MS = 500;
/** To roll them back takes longer than the rounds in which writers are ended. */
const manyRows: Readonly<Record<SqlEngineKind, string>> = {
  mariadb: 'insert into app.writes (id, at) select uuid(), now(6) from app.seq_1_to_65000',
  mysql: `set session cte_max_recursion_depth = 65000;
    insert into app.writes (id, at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 65000) select uuid(), now(6) from n`,
};
/** Past the server's own lock_wait_timeout and every deadline used here. */
const LATER_MS = 3000;

interface Hammer {
  readonly acknowledged: string[];
  stop(): Promise<void>;
}

export function freezeCases(engine: SqlEngineKind): void {
  let scene: LinkScene;
  let serial = 0;

  beforeAll(async () => {
    scene = await LinkScene.start(engine, { replicas: 1 });
  });
  afterEach(async () => {
    await scene.clear();
    await scene.link('db1').thaw(call());
    await scene.clear();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  /** Several clients that write as fast as they can until they are refused. */
  async function hammer(accounts: readonly (typeof app)[]): Promise<Hammer> {
    const acknowledged: string[] = [];
    const clients = await Promise.all(accounts.map((account) => scene.client('db1', account)));
    const writing = clients.map(async (client) => {
      for (;;) {
        serial += 1;
        const id = `h-${serial}`;
        try {
          await client.query(insert(id), 20_000);
          acknowledged.push(id);
        } catch {
          return;
        }
      }
    });
    await sleep(100);
    return {
      acknowledged,
      stop: async () => {
        for (const client of clients) client.close();
        await Promise.all(writing);
      },
    };
  }

  async function expectWritable(): Promise<void> {
    for (const account of [app, boss]) {
      serial += 1;
      expect(await scene.write('db1', account, `w-${serial}`), `as ${account.user}`).toBe(0);
    }
  }

  /** An insert whose outcome is not waited for; a privileged session's may hang for as long as the freeze lasts. */
  function attempt(
    client: SqlClient,
    id: string,
  ): { outcome: 'waiting' | 'written' | 'refused'; ended: Promise<void> } {
    const state: ReturnType<typeof attempt> = { outcome: 'waiting', ended: Promise.resolve() };
    state.ended = client.query(insert(id), 20_000).then(
      () => {
        state.outcome = 'written';
      },
      () => {
        state.outcome = 'refused';
      },
    );
    return state;
  }

  /** Until db1 has these clients' sessions, the kit's, which asks, and no other. */
  async function onlySessions(clients: readonly SqlClient[]): Promise<void> {
    const rows = await Promise.all(
      clients.map((client) => client.query('select connection_id() as session')),
    );
    const known = new Set(rows.map(([row]) => row?.session));
    const others =
      "select id as session from information_schema.processlist where user in ('app', 'boss', 'dauphin') and id <> connection_id()";
    await until('the others to end', SOON, async () => {
      const there = await scene.server('db1').query(others);
      return there.length === known.size && there.every(({ session }) => known.has(session));
    });
  }

  describe('freeze', () => {
    it('lets nobody commit any more, not even a privileged account', async () => {
      const link = scene.link('db1');
      await link.prepare(call());
      const clients = { app: await scene.client('db1', app), boss: await scene.client('db1', boss) };
      const frozen = await link.freeze(call());
      const attempts = [attempt(clients.app, 'after-app'), attempt(clients.boss, 'after-boss')];
      await sleep(QUIET_MS);
      expect(attempts.map(({ outcome }) => outcome)).not.toContain('written');
      expect(attempts[0]?.outcome).toBe('refused');
      expect(await scene.has('db1', 'after-boss')).toBe(false);
      expect(scene.engine.positions.compare(await link.position(call()), frozen)).toBe('equal');
      await link.endWriters(call());
      await Promise.all(attempts.map(({ ended }) => ended));
      expect(attempts.map(({ outcome }) => outcome)).toEqual(['refused', 'refused']);
      expect(await scene.has('db1', 'after-boss')).toBe(false);
      expect(scene.engine.positions.compare(await link.position(call()), frozen)).toBe('equal');
    });

    it('answers with a position that holds every acknowledged write, under load', async () => {
      const link = scene.link('db1');
      await link.prepare(call());
      const load = await hammer([app, app, app, boss]);
      const frozen = await link.freeze(call());
      const atFreeze = load.acknowledged.length;
      await sleep(QUIET_MS);
      expect(atFreeze).toBeGreaterThan(0);
      await scene.link('db2').awaitPosition(frozen, call(10_000));
      const rows = await scene.server('db2').query('select id from app.writes');
      const there = new Set(rows.map(({ id }) => id));
      expect(load.acknowledged.filter((id) => !there.has(id))).toEqual([]);
      expect(scene.engine.positions.compare(await link.position(call()), frozen)).toBe('equal');
      await link.endWriters(call());
      await load.stop();
      expect(
        scene.engine.positions.compare(await link.position(call()), frozen),
        'nothing slips in while writers are ended',
      ).toBe('equal');
    });

    it('twice is as good as once', async () => {
      const link = scene.link('db1');
      const first = await link.freeze(call());
      const second = await link.freeze(call());
      expect(scene.engine.positions.compare(first, second)).toBe('equal');
      const client = await scene.client('db1', boss);
      const write = attempt(client, 'between');
      await sleep(QUIET_MS);
      expect(write.outcome).not.toBe('written');
      await link.endWriters(call());
      await write.ended;
      expect(await scene.has('db1', 'between')).toBe(false);
    });

    it('leaves the server readable', async () => {
      await scene.link('db1').freeze(call());
      const client = await scene.client('db1', app);
      await expect(client.query('select count(*) as n from app.writes', 1000)).resolves.toHaveLength(1);
    });

    it('is not held up by an open transaction, which then cannot commit', async () => {
      const link = scene.link('db1');
      const client = await scene.client('db1', app);
      await client.query(`begin; ${insert('open')}`);
      await link.freeze(call(1500));
      const commit = client.query('commit', 20_000).then(
        () => 'committed',
        () => 'refused',
      );
      await sleep(QUIET_MS);
      await link.endWriters(call());
      expect(await commit).toBe('refused');
      expect(await scene.has('db1', 'open')).toBe(false);
    });
  });

  describe('thaw', () => {
    it('after a freeze makes the server writable for everybody', async () => {
      const link = scene.link('db1');
      await link.freeze(call());
      await link.thaw(call());
      await expectWritable();
      await link.thaw(call());
      await expectWritable();
    });

    it('lets those go on that waited', async () => {
      const link = scene.link('db1');
      const client = await scene.client('db1', boss);
      await link.freeze(call());
      const write = attempt(client, 'waited');
      await sleep(QUIET_MS);
      await link.thaw(call());
      await write.ended;
      expect(write.outcome).toBe(engine === 'mariadb' ? 'written' : 'refused');
    });

    it('by a link that did not freeze, as after the death of a controller', async () => {
      const dead = scene.link('db1');
      await dead.freeze(call());
      await dead.close();
      await scene.link('db1').thaw(call());
      await expectWritable();
    });
  });

  describe('a freeze that cannot get its lock', () => {
    const blockers = [
      { title: 'a table locked for writing', statement: 'lock tables app.writes write' },
      ...(engine === 'mariadb' ? [{ title: 'a backup', statement: 'backup stage start' }] : []),
    ];
    const deadlines = [
      { when: 'at its deadline', deadlineMs: 800 },
      { when: "at the server's own limit", deadlineMs: 6000 },
    ];

    for (const { title, statement } of blockers) {
      it.each(deadlines)(`behind ${title} fails $when, and has no later effect`, async ({ deadlineMs }) => {
        const link = scene.link('db1');
        await link.prepare(call());
        const blocker = await scene.client('db1', boss);
        await blocker.query(statement);
        const failed = await failure(link.freeze(call(deadlineMs)));
        expect(failed.code).toMatch(/^(deadline-exceeded|statement-failed)$/);
        expect(failed.ms).toBeLessThan(deadlineMs + 1000);
        blocker.close();
        // MariaDB's read_only may be on already (it comes before the backup lock): every freeze that fails is thawed.
        await link.thaw(call());
        await expectWritable();
        await sleep(LATER_MS);
        await expectWritable();
      });
    }
  });

  it('is not held up by a global read lock', async () => {
    const link = scene.link('db1');
    const holder = await scene.client('db1', boss);
    await holder.query('flush tables with read lock');
    await link.freeze(call(1500));
    await link.endWriters(call());
    holder.close();
    expect(await scene.write('db1', app, 'no')).toBe(OPTION_PREVENTS_STATEMENT);
  });

  describe('drain', () => {
    const open = async (id: string): Promise<SqlClient> => {
      const client = await scene.client('db1', app);
      await client.query(`begin; ${insert(id)}`);
      return client;
    };

    it('with nothing open is done at once', async () => {
      const began = performance.now();
      const drained = await scene.link('db1').drain({ graceMs: 5000, afterGrace: 'end' }, call());
      expect(drained).toEqual({ found: 0, ended: 0 });
      expect(performance.now() - began).toBeLessThan(2000);
    });

    it('lets a transaction end within the grace period', async () => {
      const client = await open('in-time');
      await sleep(120);
      const draining = scene.link('db1').drain({ graceMs: 8000, afterGrace: 'end' }, call());
      await sleep(400);
      await client.query('commit');
      const began = performance.now();
      expect(await draining).toEqual({ found: 1, ended: 0 });
      expect(performance.now() - began).toBeLessThan(2000);
      expect(await scene.has('db1', 'in-time')).toBe(true);
    });

    it('ends a transaction that outlives it', async () => {
      const client = await open('too-long');
      await sleep(120);
      const began = performance.now();
      const drained = await scene.link('db1').drain({ graceMs: 300, afterGrace: 'end' }, call());
      const ms = performance.now() - began;
      expect(drained).toEqual({ found: 1, ended: 1 });
      expect(ms).toBeGreaterThanOrEqual(300);
      expect(ms).toBeLessThan(2000);
      await expect(client.query('commit')).rejects.toThrow(/closed|lost|killed|ended/i);
      expect(await scene.has('db1', 'too-long')).toBe(false);
    });

    it('gives up instead, where that is the policy, and the session lives', async () => {
      const client = await open('lives');
      const [row] = await client.query('select connection_id() as id');
      await sleep(120);
      const fault = await scene
        .link('db1')
        .drain({ graceMs: 300, afterGrace: 'give-up' }, call())
        .catch((thrown: unknown) => thrown);
      expect(fault).toMatchObject({ code: 'transactions-running', details: { sessions: [Number(row?.id)] } });
      await client.query('commit');
      expect(await scene.has('db1', 'lives')).toBe(true);
    });

    it('does not wait for transactions that begin later, nor for those that only read', async () => {
      const reader = await scene.client('db1', app);
      await reader.query('begin; select count(*) from app.writes');
      await sleep(120);
      const load = await hammer([app, app]);
      const began = performance.now();
      const drained = await scene.link('db1').drain({ graceMs: 5000, afterGrace: 'end' }, call());
      expect(performance.now() - began).toBeLessThan(3000);
      expect(drained.ended).toBe(0);
      await load.stop();
    });
  });

  describe('endWriters', () => {
    it('ends and counts the sessions that a frozen server does not stop', async () => {
      const link = scene.link('db1');
      const idle = { app: await scene.client('db1', app), boss: await scene.client('db1', boss) };
      const writing = await scene.client('db1', app);
      await writing.query(`begin; ${insert('never')}`);
      // Those of earlier tests may still be ending; and the kit's, privileged as well, is there now.
      await onlySessions([idle.app, idle.boss, writing]);
      await sleep(120);
      await link.freeze(call());
      const ended = await link.endWriters(call());
      await until('the open transaction to be ended', SOON, async () => writing.closed);
      expect(await idle.app.query('select 1 as one'), 'an idle application session is left alone').toEqual([
        { one: '1' },
      ]);
      // On MariaDB the privileged sessions besides: boss, and the kit.
      expect(ended).toBe(engine === 'mariadb' ? 3 : 1);
      const privileged = await failure(idle.boss.query(insert('never')));
      expect(privileged.message).toMatch(engine === 'mariadb' ? /closed|lost|killed|ended/i : /read-only/);
      expect(await link.endWriters(call()), 'a second time there is nobody left').toBe(0);
      expect(await scene.has('db1', 'never')).toBe(false);
      expect(await scene.write('db1', app, 'no')).toBe(OPTION_PREVENTS_STATEMENT);
    });

    it('lets go of the freeze only when those that it ended are gone', async () => {
      const link = scene.link('db1');
      const writing = await scene.client('db1', app);
      const [row] = await writing.query('select connection_id() as id');
      await writing.query(`begin; ${insert('large')}`);
      await writing.query(manyRows[engine], 20_000);
      await sleep(120);
      await link.freeze(call());
      await link.endWriters(call());
      const list = `select count(*) as n from information_schema.processlist where id = ${row?.id}`;
      const [listed] = await scene.server('db1').query(list);
      expect(Number(listed?.n)).toBe(0);
      expect(await scene.has('db1', 'large')).toBe(false);
    });
  });

  describe('promote and makeReadOnly', () => {
    it('make a replica writable and back, twice as well as once', async () => {
      const link = scene.link('db2');
      expect(await scene.write('db2', app, 'too-early')).toBe(OPTION_PREVENTS_STATEMENT);
      for (let time = 1; time <= 2; time += 1) {
        await link.promote({}, call());
        expect((await link.probe(call())).writeMode).toBe('writable');
      }
      await link.stopReplicating(call());
      expect(await scene.write('db2', app, 'promoted')).toBe(0);
      for (let time = 1; time <= 2; time += 1) {
        await link.makeReadOnly(call());
        expect(await scene.write('db2', app, 'too-late')).toBe(OPTION_PREVENTS_STATEMENT);
      }
      expect((await link.probe(call())).writeMode).toBe(
        engine === 'mariadb' ? 'read-only' : 'super-read-only',
      );
    });
  });
}
