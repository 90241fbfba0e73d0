import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerLink } from '../../../src/core/engine.ts';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import { boss, dauphin } from '../../kit/accounts.ts';
import { call } from '../../kit/call.ts';
import { until } from '../../kit/deadline.ts';
import { failure, LinkScene } from './scene.ts';

const SOON = { deadlineMs: 10_000, everyMs: 5 };
/** Long enough for news that must not come. */
const QUIET_MS = 300;

export function pulseCases(engine: SqlEngineKind): void {
  let scene: LinkScene;

  beforeAll(async () => {
    scene = await LinkScene.start(engine);
  });
  afterEach(async () => {
    scene.server('db1').resume();
    if (!scene.server('db1').running) await scene.server('db1').restart();
    await scene.clear();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  async function watched(): Promise<{ link: ServerLink; lost: () => number }> {
    const link = scene.link('db1');
    let count = 0;
    link.onLost(() => {
      count += 1;
    });
    await Promise.all([link.probe(call()), link.pulse(call())]);
    return { link, lost: () => count };
  }

  it('a pulse is answered, over a connection that is none of the others', async () => {
    const link = scene.link('db1');
    const client = await scene.client('db1', dauphin);
    const sessions = async () => {
      const rows = await client.query(
        "select id as session from information_schema.processlist where user = 'dauphin' order by id",
      );
      return rows.map(({ session }) => session);
    };
    // Those of its set-up may still be ending.
    const before = await sessions();
    const fresh = async () => (await sessions()).filter((session) => !before.includes(session));
    await link.pulse(call());
    const once = await fresh();
    expect(once).toHaveLength(1);
    await link.pulse(call());
    expect(await fresh()).toEqual(once);
    await link.probe(call());
    expect(await fresh()).toEqual([...once, expect.anything()]);
  });

  it('a pulse gives up at its own deadline while a probe still waits', async () => {
    const { link, lost } = await watched();
    await scene.server('db1').pause();
    const probing = failure(link.probe(call(20_000)));
    const failed = await failure(link.pulse(call(200)));
    expect(failed.code).toBe('deadline-exceeded');
    expect(failed.ms).toBeLessThan(2000);
    scene.server('db1').resume();
    expect((await probing).code).toBe('none');
    await link.pulse(call());
    expect(lost(), 'what we gave up ourselves is no news').toBe(0);
  });

  it('a flush leaves no trace in the log, and is answered by a frozen server, too', async () => {
    const link = scene.link('db1');
    const before = await link.position(call());
    await link.flush(call());
    expect(await link.position(call())).toBe(before);
    await link.prepare(call());
    const frozen = await link.freeze(call());
    await link.flush(call(2000));
    expect(link.holdsFreeze()).toBe(true);
    await link.thaw(call());
    expect(frozen).toBe(before);
    await link.rest();
  });

  it('a flush that gets no answer holds up nothing else, and the next one has a connection of its own', async () => {
    const { link, lost } = await watched();
    await link.flush(call());
    await scene.server('db1').pause();
    expect((await failure(link.flush(call(200)))).code).toBe('deadline-exceeded');
    scene.server('db1').resume();
    await Promise.all([link.pulse(call()), link.probe(call()), link.flush(call())]);
    expect(lost()).toBe(0);
  });

  describe('onLost', () => {
    it('tells of the death of the server at once, once for each connection', async () => {
      const { lost } = await watched();
      await scene.server('db1').kill();
      await until('the news', SOON, async () => lost() === 2);
      await sleep(QUIET_MS);
      expect(lost()).toBe(2);
    });

    it('tells of it also when an answer was being waited for', async () => {
      const { link, lost } = await watched();
      await scene.server('db1').pause();
      const waiting = [failure(link.probe(call(20_000))), failure(link.pulse(call(20_000)))];
      await scene.server('db1').kill();
      for (const { code } of await Promise.all(waiting)) expect(code).toBe('connection-lost');
      await until('the news', SOON, async () => lost() === 2);
    });

    it('tells of a connection that the server ended', async () => {
      const { link, lost } = await watched();
      const client = await scene.client('db1', boss);
      const rows = await client.query(
        "select id as session from information_schema.processlist where user = 'dauphin'",
      );
      for (const { session } of rows) await client.query(`kill ${session}`).catch(() => undefined);
      await until('the news', SOON, async () => lost() === 2);
      await link.pulse(call());
    });

    it('does not tell of connections that were closed here, nor of those of an operation, nor after it was stopped', async () => {
      const { link, lost } = await watched();
      await link.prepare(call());
      await link.rest();
      await link.close();
      const other = scene.link('db1');
      let told = 0;
      const stop = other.onLost(() => {
        told += 1;
      });
      await other.prepare(call());
      await other.pulse(call());
      stop();
      await scene.server('db1').kill();
      await sleep(QUIET_MS);
      expect([lost(), told]).toEqual([0, 0]);
    });
  });
}
