/** An address moves between real hosts' networks: by the agents alone, and with the primary. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Route } from '../../src/core/route.ts';
import { vipRoute } from '../../src/routes/vip/index.ts';
import { call } from '../kit/call.ts';
import { until } from '../kit/deadline.ts';
import { networkUnavailable } from '../kit/network.ts';
import { startVipScene, type VipScene } from './vip-scene.ts';

const unavailable = networkUnavailable();

describe.skipIf(unavailable !== undefined)(`an address ${unavailable ?? 'in network namespaces'}`, () => {
  let scene: VipScene;
  let route: Route;

  beforeAll(async () => {
    scene = await startVipScene();
    const hosts = scene.cluster.servers.map(({ address, name }) => ({
      server: address,
      agent: scene.agentOf(name).agent,
    }));
    route = vipRoute(scene.settings, hosts, systemClock);
  });
  afterAll(async () => {
    await scene[Symbol.asyncDispose]();
  });

  const addressOf = (name: string) => scene.cluster.server(name).address;

  /** What the client's host has noted of the address may be a second old (`locktime`), but is never wrong for longer. */
  const landsOn = (server: string): Promise<unknown> =>
    until(`the client to land on ${server}`, { deadlineMs: 10_000 }, async () => {
      const visited = await scene.visit();
      if (visited !== undefined) expect(visited.server).toBe(server);
      return visited !== undefined;
    });

  test('comes to a host, moves to another, and is seen where it is', async () => {
    expect(await route.look(call())).toEqual({ held: true });
    expect(await scene.visit()).toBeUndefined();
    for (const [name, server] of [
      ['db1', '1'],
      ['db2', '2'],
      ['db1', '1'],
    ] as const) {
      await route.release(addressOf(name), call());
      expect(await route.look(call())).toEqual({ target: addressOf(name), held: false });
      await landsOn(server);
    }
    // Safe to repeat.
    await route.release(addressOf('db1'), call());
    await route.hold(call());
    await route.hold(call());
    expect(await route.look(call())).toEqual({ held: true });
    expect(await scene.visit()).toBeUndefined();
  });

  test('takes the connections to it with it when it goes', async () => {
    await route.release(addressOf('db1'), call());
    await landsOn('1');
    const sleeping = scene.ask('select sleep(60)', 90_000).then(
      () => 'slept to the end',
      (thrown: unknown) => String(thrown),
    );
    await until('the client to be there', { deadlineMs: 10_000 }, async () => {
      const rows = await scene.cluster
        .server('db1')
        .query("select id from information_schema.processlist where info = 'select sleep(60)'");
      return rows.length === 1;
    });
    const began = performance.now();
    await route.hold(call());
    expect(await sleeping).toMatch(/Lost connection|gone away/);
    // Without a word from the host it would have learnt of it when its sleep was over.
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  test('is not claimed while another host answers for it, nor under a fence', async () => {
    await route.hold(call());
    const { network, client, settings } = scene;
    const stranger = ['addr', 'add', settings.address, 'dev', 'eth0'];
    await network.run(client, 'ip', stranger);
    const taken = route.release(addressOf('db1'), call());
    await expect(taken).rejects.toMatchObject({
      code: 'route-refused',
      message: expect.stringMatching(/is taken: [0-9a-f:]{17}/) as unknown,
    });
    expect(await route.look(call())).toEqual({ held: true });
    await network.run(client, 'ip', ['addr', 'del', ...stranger.slice(2)]);
    await route.release(addressOf('db1'), call());

    await scene.agentOf('db2').agent.fence(call());
    const fenced = route.release(addressOf('db2'), call());
    await expect(fenced).rejects.toMatchObject({
      code: 'route-refused',
      message: expect.stringMatching(/fenced/) as unknown,
    });
    await scene.agentOf('db2').agent.unfence({ start: 'as-before' }, call());
    await route.release(addressOf('db1'), call());
    await scene.agentOf('db1').agent.fence(call());
    expect(await route.look(call())).toEqual({ held: true });
    await scene.agentOf('db1').agent.unfence({ start: 'as-before' }, call());
  });

  test('goes wholly when the host has it twice, and does not come with another prefix', async () => {
    const { settings, network, cluster } = scene;
    await route.release(addressOf('db1'), call());
    const host = network.hosts[0];
    if (!host) throw new Error('no host');
    const bare = settings.address.replace('/24', '/32');
    await network.run(host, 'ip', ['addr', 'add', bare, 'dev', 'lo']);
    await route.hold(call());
    expect(await network.run(host, 'ip', ['-4', 'addr', 'show'])).not.toContain(bare.split('/')[0]);
    const { addresses } = scene.agentOf(cluster.primary.name).agent;
    await expect(addresses?.claim({ address: bare }, call())).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(
        `${bare}, but this agent’s configuration names ${settings.address}`,
      ) as unknown,
    });
  });

  test('that the agent’s configuration does not name is left alone', async () => {
    const { addresses } = scene.agentOf('db1').agent;
    const other = { address: `${scene.network.address(51)}/24` };
    const refused = { code: 'config-invalid', message: expect.stringMatching(/may not move/) as unknown };
    await expect(addresses?.claim(other, call())).rejects.toMatchObject(refused);
    await expect(addresses?.drop({ address: `${addressOf('db1').host}/24` }, call())).rejects.toMatchObject(
      refused,
    );
    await expect(addresses?.look(other, call())).rejects.toMatchObject(refused);
  });
});
