import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/clock.ts';
import type { ServerLink } from '../../../src/core/engine.ts';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import { type Position, position } from '../../../src/core/positions.ts';
import { app, boss, dauphin } from '../../kit/accounts.ts';
import { call } from '../../kit/call.ts';
import { SOON, until } from '../../kit/deadline.ts';
import { failure, LinkScene } from './scene.ts';

const DEADLINE_MS = 700;
/** What a verb may take beyond its deadline on a busy machine. */
const SLACK_MS = 600;
/**
 * A freeze that got no answer has its session ended over another connection before it gives up; a thaw asks over
 * the session that froze, then over another.
 */
const EXTRA_MS: Readonly<Record<string, number>> = { freeze: 1000, thaw: DEADLINE_MS };

type Verb = (link: ServerLink, within: Call, position: Position) => Promise<unknown>;

const verbs: Readonly<Record<string, Verb>> = {
  probe: (link, within) => link.probe(within),
  prepare: (link, within) => link.prepare(within),
  drain: (link, within) => link.drain({ graceMs: 300, afterGrace: 'end' }, within),
  freeze: (link, within) => link.freeze(within),
  takeOver: (link, within) => link.takeOver(within),
  thaw: (link, within) => link.thaw(within),
  position: (link, within) => link.position(within),
  awaitPosition: (link, within, position) => link.awaitPosition(position, within),
  promote: (link, within) => link.promote({}, within),
  endWriters: (link, within) => link.endWriters(within),
  retireSource: (link, within) => link.retireSource(within),
  pulse: (link, within) => link.pulse(within),
  stopReceiving: (link, within) => link.stopReceiving(within),
  restoreReplication: (link, within) => link.restoreReplication([], within),
  startReceiving: (link, within) => link.startReceiving(within),
  renewReceiver: (link, within) => link.renewReceiver('', within),
  applyLog: (link, within) => link.applyLog(emptyLog(), within),
  stopReplicating: (link, within) => link.stopReplicating(within),
  follow: (link, within) =>
    link.follow({ source: { host: '127.0.0.10', port: 9 }, settings: { wasPrimary: false } }, within),
  makeReadOnly: (link, within) => link.makeReadOnly(within),
  writeHandOver: (link, within) =>
    link.writeHandOver({ operation: 'sw-1', from: 'a', to: 'b', position: '', at: 0 }, within),
  seesHandOver: (link, within) => link.seesHandOver('sw-1', within),
};

async function* emptyLog(): AsyncGenerator<string> {
  yield '# nothing in it\n';
}

/** Verbs that do nothing for a link that has all its connections already. */
const withoutAsking = new Set(['prepare']);

const connecting = new Set(['probe', 'freeze', 'follow', 'promote']);

export function troubleCases(engine: SqlEngineKind): void {
  let scene: LinkScene;

  beforeAll(async () => {
    scene = await LinkScene.start(engine);
    await scene
      .link('db1')
      .writeHandOver({ operation: 'sw-0', from: 'a', to: 'b', position: '', at: 0 }, call());
  });
  afterEach(async () => {
    scene.server('db1').resume();
    if (!scene.server('db1').running) await scene.server('db1').restart();
    await until('it to be writable again', SOON, async () => {
      await scene
        .link('db1')
        .thaw(call(1000))
        .catch(() => undefined);
      return (await scene.write('db1', app, 'healed').catch(() => 1)) === 0;
    });
    await scene.clear();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const never = position(engine === 'mariadb' ? '0-1-999999' : '11111111-1111-1111-1111-111111111111:1-9');

  async function expectOfUse(link: ServerLink): Promise<void> {
    expect((await link.probe(call())).number).toBe(1);
    await link.thaw(call());
    expect(await link.position(call())).not.toBe('');
    expect(await scene.write('db1', app, 'of-use')).toBe(0);
  }

  describe('a server that hangs', () => {
    describe.each(Object.keys(verbs).filter((name) => !withoutAsking.has(name)))('%s', (name) => {
      it.each([
        { state: 'with its connections open', open: true },
        // How one is opened is the same for all verbs.
        ...(connecting.has(name) ? [{ state: 'with none', open: false }] : []),
      ])(
        '$state gives up at its deadline, and the link is of use when the server goes on',
        async ({ open }) => {
          const link = scene.link('db1');
          const db1 = scene.server('db1');
          const now = await scene.link('db1').position(call());
          if (open) {
            await link.probe(call());
            await link.prepare(call());
          }
          await db1.pause();
          const failed = await failure(verbs[name]?.(link, call(DEADLINE_MS), now) ?? Promise.resolve());
          db1.resume();
          expect(failed.code, failed.message).toMatch(
            /^(deadline-exceeded|connection-lost|position-not-reached)$/,
          );
          expect(failed.ms).toBeLessThan(DEADLINE_MS + SLACK_MS + (EXTRA_MS[name] ?? 0));
          await expectOfUse(link);
        },
      );
    });

    it('while it is frozen: thaw gives up, and thaws when the server goes on', async () => {
      const link = scene.link('db1');
      await link.freeze(call());
      await scene.server('db1').pause();
      const failed = await failure(link.thaw(call(DEADLINE_MS)));
      scene.server('db1').resume();
      expect(failed.code).toBe('deadline-exceeded');
      expect(failed.ms).toBeLessThan(2 * DEADLINE_MS + SLACK_MS);
      await expectOfUse(link);
      expect(await scene.write('db1', boss, 'boss')).toBe(0);
    });

    it('under a freeze, and thawed as soon as it goes on, does not freeze afterwards', async () => {
      for (let round = 1; round <= 5; round += 1) {
        const link = scene.link('db1');
        await link.prepare(call());
        await scene.server('db1').pause();
        const freezing = failure(link.freeze(call(300)));
        await freezing;
        const goesOn = sleep(20 * round).then(() => scene.server('db1').resume());
        await until('the thaw', SOON, () =>
          link.thaw(call(1000)).then(
            () => true,
            () => false,
          ),
        );
        await goesOn;
        await sleep(500);
        const seen = await scene.link('db1').probe(call());
        expect(seen.writeMode, `round ${round}`).toBe('writable');
        expect(await scene.write('db1', boss, 'after'), `round ${round}`).toBe(0);
      }
    });
  });

  describe('a caller that gives up', () => {
    it.each(['probe', 'freeze', 'position', 'awaitPosition', 'promote', 'stopReplicating'])(
      '%s ends at once',
      async (name) => {
        const link = scene.link('db1');
        const now = await link.position(call());
        const giveUp = new AbortController();
        await scene.server('db1').pause();
        const failing = failure(verbs[name]?.(link, call(8000, giveUp.signal), now) ?? Promise.resolve());
        await sleep(100);
        giveUp.abort();
        const { ms, code } = await failing;
        scene.server('db1').resume();
        expect(ms).toBeLessThan(1000 + (EXTRA_MS[name] ?? 0));
        expect(code).toBe('connection-lost');
        await expectOfUse(link);
      },
    );

    it('of a drain ends its waiting, and no session is ended', async () => {
      const link = scene.link('db1');
      const client = await scene.client('db1', app);
      await client.query("begin; insert into app.writes (id, at) values ('drained', now(6))");
      await sleep(120);
      const giveUp = new AbortController();
      const failing = failure(link.drain({ graceMs: 8000, afterGrace: 'end' }, call(9000, giveUp.signal)));
      await sleep(250);
      giveUp.abort();
      expect((await failing).ms).toBeLessThan(1500);
      await client.query('commit');
    });

    it('of a wait for a position ends it', async () => {
      const link = scene.link('db1');
      const giveUp = new AbortController();
      const failing = failure(link.awaitPosition(never, call(8000, giveUp.signal)));
      await sleep(100);
      giveUp.abort();
      expect((await failing).ms).toBeLessThan(1000);
      await expectOfUse(link);
    });

    it('before it begins gets no answer, and nothing is sent', async () => {
      const link = scene.link('db1');
      await link.prepare(call());
      await failure(link.makeReadOnly(call(1000, AbortSignal.abort())));
      expect((await scene.link('db1').probe(call())).writeMode).toBe('writable');
    });
  });

  describe('a server that is gone', () => {
    it('is unreachable, and is found again by the same link', async () => {
      const held = scene.link('db1');
      await held.probe(call());
      await held.prepare(call());
      await scene.server('db1').kill();
      // Until the kernel has told it, a connection looks open; `prepare` asks no further.
      await sleep(200);
      for (const link of [held, scene.link('db1')]) {
        for (const [name, verb] of Object.entries(verbs)) {
          const { code, ms } = await failure(verb(link, call(2000), never));
          expect(code, name).toMatch(/^(server-unreachable|connection-lost)$/);
          expect(ms, name).toBeLessThan(2500);
        }
      }
      expect((await failure(scene.link('db1').probe(call()))).code).toBe('server-unreachable');
      await scene.server('db1').restart();
      await expectOfUse(held);
    });

    it('says so at once to a call that was waiting for it', async () => {
      const link = scene.link('db1');
      const failing = failure(link.awaitPosition(never, call(20_000)));
      await sleep(200);
      await scene.server('db1').kill();
      const { code, ms } = await failing;
      expect(code).toBe('connection-lost');
      expect(ms).toBeLessThan(5000);
      await scene.server('db1').restart();
      await expectOfUse(link);
    });

    it('loses a session that somebody ended, and opens another', async () => {
      const link = scene.link('db1');
      let lost = 0;
      link.onLost(() => {
        lost += 1;
      });
      await link.probe(call());
      const client = await scene.client('db1', boss);
      const rows = await client.query(
        "select id as session from information_schema.processlist where user='dauphin'",
      );
      for (const { session } of rows) await client.query(`kill ${session}`).catch(() => undefined);
      await until('the news', SOON, async () => lost === 1);
      expect((await link.probe(call())).number).toBe(1);
    });
  });

  describe('an account that is refused', () => {
    it('is named', async () => {
      const tls = engine === 'mysql' ? { tls: { verifyServer: false } } : {};
      for (const admin of [
        { ...dauphin, password: 'wrong', ...tls },
        { user: 'stranger', password: '', ...tls },
      ]) {
        const { code, message, ms } = await failure(scene.link('db1', { admin }).probe(call()));
        expect(code).toBe('access-denied');
        expect(message).toContain(admin.user);
        expect(ms).toBeLessThan(3000);
      }
    });

    it('for want of a privilege says which', async () => {
      const tls = engine === 'mysql' ? { tls: { verifyServer: false } } : {};
      const link = scene.link('db1', { admin: { ...app, ...tls } });
      const { code, message } = await failure(link.promote({}, call()));
      expect(code).toBe('access-denied');
      expect(message).toMatch(/READ.ONLY.ADMIN|SUPER|SYSTEM_VARIABLES_ADMIN/i);
    });
  });

  describe('what another controller has left', () => {
    it('a freeze of one that hangs does not keep its successor from thawing', async () => {
      const hung = scene.link('db1');
      await hung.freeze(call());
      const successor = scene.link('db1');
      await successor.thaw(call());
      expect(await scene.write('db1', app, 'app')).toBe(0);
      expect(await scene.write('db1', boss, 'boss')).toBe(0);
      await until('the other to know', SOON, async () => !hung.holdsFreeze());
    });

    it('is ended by takeOver, be it a lock or a statement, and nothing else is', async () => {
      const hung = scene.link('db1');
      const client = await scene.client('db1', boss);
      await hung.probe(call());
      await hung.freeze(call());
      const waiting = failure(hung.awaitPosition(never, call(8000)));
      const successor = scene.link('db1');
      await sleep(100);
      await successor.takeOver(call());
      const { code, ms } = await waiting;
      expect(code).toBe('connection-lost');
      expect(ms).toBeLessThan(4000);
      await until('the other to know', SOON, async () => !hung.holdsFreeze());
      expect(await client.query('select 1 as one')).toEqual([{ one: '1' }]);
      expect((await successor.probe(call())).writeMode, 'thawing is another matter').not.toBe('writable');
      await successor.takeOver(call());
    });
  });

  describe('holdsFreeze', () => {
    it('is true from the freeze until anything ends it', async () => {
      const link = scene.link('db1');
      expect(link.holdsFreeze()).toBe(false);
      await link.freeze(call());
      expect(link.holdsFreeze()).toBe(true);
      await scene.server('db1').kill();
      await until('the end to be known', SOON, async () => !link.holdsFreeze());
      await scene.server('db1').restart();
      await link.freeze(call());
      expect(link.holdsFreeze()).toBe(true);
      await link.rest();
      expect(link.holdsFreeze()).toBe(false);
    });
  });
}
