/** The route port on real HAProxies: how clients fare while it is held, released and moved. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { controllerRoutes } from '../../src/controller-routes.ts';
import type { Call } from '../../src/core/clock.ts';
import { clusterName } from '../../src/core/identity.ts';
import { haproxyRoute } from '../../src/routes/haproxy/index.ts';
import { createWorkFolder, type WorkFolder } from '../kit/folder.ts';
import { enginesCache } from '../kit/project.ts';
import { Client, EchoServer, HaproxyScene } from './haproxy-scene.ts';

const installed = '/usr/sbin/haproxy';
/** `scripts/engine-root.sh trixie "$PWD/.cache/engines/haproxy-3.0" log haproxy` puts it there. */
const newer = `${enginesCache}/haproxy-3.0/usr/sbin/haproxy`;

const containing = (text: string): unknown => expect.stringContaining(text);

const call = (deadlineMs = 2000): Call => ({ signal: new AbortController().signal, deadlineMs });

test.skipIf(!existsSync(newer))('HAProxy 3.0 is unpacked on this machine and tested too', () => undefined);

describe.each([installed, newer].filter((program) => existsSync(program)))('%s', (program) => {
  let folder: WorkFolder;
  let old: EchoServer;
  let next: EchoServer;
  let proxy: HaproxyScene;
  let clients: Client[] = [];

  const client = (): Client => {
    const made = new Client(proxy.address);
    clients.push(made);
    return made;
  };
  const route = () => haproxyRoute(proxy.settings, systemClock);

  beforeAll(async () => {
    folder = await createWorkFolder('route');
    old = await EchoServer.start('old');
    next = await EchoServer.start('next');
  });
  afterAll(async () => {
    old.stop();
    next.stop();
    await folder[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    proxy = await HaproxyScene.start(program, folder, old.address);
  });
  afterEach(async () => {
    for (const left of clients) left.leave();
    clients = [];
    await proxy.child[Symbol.asyncDispose]();
  });

  test('looking tells where new clients go and that they are not held', async () => {
    expect(await route().look(call())).toEqual({ target: old.address, held: false });
  });

  test('the runtime API is reached by host and port too', async () => {
    const remote = haproxyRoute({ ...proxy.settings, socket: proxy.tcpSocket }, systemClock);
    expect(await remote.look(call())).toEqual({ target: old.address, held: false });
  });

  test('a slot out of use is no target', async () => {
    await proxy.tell('set server orders/primary state maint');
    expect(await route().look(call())).toEqual({ held: false });
  });

  test('a drained slot is no target', async () => {
    await proxy.tell('set server orders/primary state drain');
    expect(await route().look(call())).toEqual({ held: false });
  });

  test('while it is held a new client waits, one that is connected goes on, and after the release all are served', async () => {
    const connected = client();
    expect(await connected.line()).toBe('old greets');
    const held = route();
    await held.hold(call());
    expect(await held.look(call())).toEqual({ target: old.address, held: true });
    const waiting = Array.from({ length: 20 }, client);
    expect(await Promise.all(waiting.map((one) => one.isQuiet()))).toEqual(waiting.map(() => true));
    expect(await connected.asks('hello')).toBe('old hello');

    await held.release(next.address, call());
    expect(await Promise.all(waiting.map((one) => one.line()))).toEqual(waiting.map(() => 'next greets'));
    expect(await held.look(call())).toEqual({ target: next.address, held: false });
    expect(proxy.child.exit).toBeUndefined();
  });

  test('a release to another server ends the sessions to the old one', async () => {
    const connected = client();
    await connected.line();
    const held = route();
    await held.hold(call());
    await held.release(next.address, call());
    await connected.closes();
  });

  test('a release to the same server ends no session and lets the waiting ones on', async () => {
    const connected = client();
    await connected.line();
    const held = route();
    await held.hold(call());
    const waiting = client();
    expect(await waiting.isQuiet()).toBe(true);
    await held.release(old.address, call());
    expect(await waiting.line()).toBe('old greets');
    expect(await connected.asks('still here')).toBe('old still here');
  });

  test('a release without a hold moves the slot and its sessions too', async () => {
    const connected = client();
    await connected.line();
    await route().release(next.address, call());
    await connected.closes();
    expect(await client().line()).toBe('next greets');
  });

  test('twice is the same as once', async () => {
    const connected = client();
    await connected.line();
    const held = route();
    await held.hold(call());
    await held.hold(call());
    await held.release(next.address, call());
    const after = client();
    expect(await after.line()).toBe('next greets');
    await held.release(next.address, call());
    await route().release(next.address, call());
    expect(await after.asks('hello')).toBe('next hello');
    expect(await proxy.limits()).toEqual(['77', '66']);
  });

  test('the limits are what they were after the release', async () => {
    const held = route();
    expect(await proxy.limits()).toEqual(['77', '66']);
    await held.hold(call());
    expect(await proxy.limits()).not.toEqual(['77', '66']);
    await held.release(next.address, call());
    expect(await proxy.limits()).toEqual(['77', '66']);
  });

  test('a controller that did not hold restores the limit people name, and lets everybody on', async () => {
    await client().line();
    await route().hold(call());
    const waiting = client();
    expect(await waiting.isQuiet()).toBe(true);
    await haproxyRoute({ ...proxy.settings, maxconn: 70 }, systemClock).release(next.address, call());
    expect(await waiting.line()).toBe('next greets');
    expect(await proxy.limits()).toContain('70');
  });

  test('a controller that did not hold and is told no limit restores one that holds nobody', async () => {
    await client().line();
    await route().hold(call());
    const waiting = Array.from({ length: 20 }, client);
    expect(await waiting[0]?.isQuiet()).toBe(true);
    const fresh = route();
    await fresh.release(next.address, call());
    expect(await Promise.all(waiting.map((one) => one.line()))).toEqual(waiting.map(() => 'next greets'));
    expect((await fresh.look(call())).held).toBe(false);
    expect(['500 66', '77 ']).toContain((await proxy.limits()).join(' '));
  });

  test('steps that each ask the factory for the route share what the hold had read', async () => {
    const agents = (): never => {
      throw new Error('no agents in this test');
    };
    const routes = controllerRoutes({ agents, clock: systemClock });
    const orders = { name: clusterName('orders'), servers: [] };
    await routes(proxy.settings, orders).hold(call());
    await routes({ ...proxy.settings }, orders).release(next.address, call());
    expect(await proxy.limits()).toEqual(['77', '66']);
  });

  test('a slot that was taken out of use is in use after a release', async () => {
    await proxy.tell('set server orders/primary state maint');
    await route().release(next.address, call());
    expect(await client().line()).toBe('next greets');
  });

  test('a slot whose health check has failed, or follows another, takes clients after a release', async () => {
    await proxy.tell('set server checked/primary health down');
    const { frontend: _, ...unheld } = proxy.settings;
    const checked = haproxyRoute({ ...unheld, backend: 'checked' }, systemClock);
    expect(await checked.look(call())).toEqual({ held: false });
    await checked.release(next.address, call());
    expect(await checked.look(call())).toEqual({ target: next.address, held: false });
    const follower = haproxyRoute({ ...unheld, backend: 'checked', server: 'follower' }, systemClock);
    await follower.release(next.address, call());
    expect(await follower.look(call())).toEqual({ target: next.address, held: false });
  });

  test('a name is resolved before HAProxy is told', async () => {
    await route().release({ host: 'localhost', port: next.address.port }, call());
    expect((await route().look(call())).target?.host).toMatch(/^(127\.0\.0\.1|::1)$/);
    await expect(route().release({ host: 'no-such-host.invalid', port: 1 }, call())).rejects.toMatchObject({
      code: 'route-refused',
    });
  });

  test('a route without a frontend is never held', async () => {
    const { frontend: _, ...settings } = proxy.settings;
    const unheld = haproxyRoute(settings, systemClock);
    await unheld.hold(call());
    expect(await unheld.look(call())).toEqual({ target: old.address, held: false });
    expect(await client().line()).toBe('old greets');
  });

  test.each([
    { named: { backend: 'nosuch' }, words: "Can't find backend" },
    { named: { server: 'nosuch' }, words: 'No such server' },
    { named: { frontend: 'nosuch' }, words: 'No such frontend' },
  ])('what HAProxy does not know is refused in its words: $words', async ({ named, words }) => {
    const wrong = haproxyRoute({ ...proxy.settings, ...named }, systemClock);
    const verbs = [
      () => wrong.look(call()),
      () => wrong.hold(call()),
      () => wrong.release(next.address, call()),
    ];
    for (const verb of verbs) {
      await expect(verb()).rejects.toMatchObject({
        code: 'route-refused',
        message: containing(words),
      });
    }
    expect(await client().line()).toBe('old greets');
  });

  test('a HAProxy that is down is unreachable', async () => {
    await proxy.child[Symbol.asyncDispose]();
    const began = performance.now();
    const verbs = [
      () => route().look(call()),
      () => route().hold(call()),
      () => route().release(next.address, call()),
    ];
    for (const verb of verbs) {
      await expect(verb()).rejects.toMatchObject({
        code: 'route-unreachable',
        message: containing(proxy.settings.socket),
      });
    }
    expect(performance.now() - began).toBeLessThan(500);
  });

  test('a HAProxy that has stopped answering is unreachable at the deadline, and the work can be aborted', async () => {
    await proxy.child.pause();
    const began = performance.now();
    await expect(route().look(call(200))).rejects.toMatchObject({
      code: 'route-unreachable',
      message: containing('no answer within 200 ms'),
    });
    expect(performance.now() - began).toBeLessThan(600);
    const controller = new AbortController();
    const asked = route().release(next.address, { signal: controller.signal, deadlineMs: 5000 });
    controller.abort(new Error('the operation was called off'));
    await expect(asked).rejects.toThrow('the operation was called off');
  });

  test('holding, and moving all clients, takes milliseconds', async () => {
    await client().line();
    const held = route();
    await held.hold(call());
    const began = performance.now();
    await held.release(next.address, call());
    expect(performance.now() - began).toBeLessThan(100);
  });
});
