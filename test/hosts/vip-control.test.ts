/** An address moves with the primary, and who connects to it always lands on the primary. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { controllerRoutes } from '../../src/controller-routes.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { until } from '../kit/deadline.ts';
import { networkUnavailable } from '../kit/network.ts';
import { startVipScene, type VipScene } from './vip-scene.ts';

const unavailable = networkUnavailable();
const deadlineMs = 20_000;

async function control(scene: VipScene): Promise<TestControl> {
  const { cluster, settings, agents } = scene;
  return startControl(cluster, {
    policy: { routes: [settings] },
    settings: Object.fromEntries(
      cluster.servers.map(({ name }) => [name, { agent: scene.agentOf(name).address }]),
    ),
    parts: { agents, routes: controllerRoutes({ agents, clock: systemClock }) },
  });
}

/** Connects again and again; keeps where it landed. */
function visitor(scene: VipScene) {
  const landed: string[] = [];
  const stop = new AbortController();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const visited = await scene.visit();
      if (visited !== undefined)
        landed.push(`${visited.server}${visited.readOnly === '1' ? ' read-only' : ''}`);
      await systemClock.sleep(20);
    }
  })();
  return {
    landed,
    awaitOn: (server: string) =>
      until(`a visitor on ${server}`, { deadlineMs }, async () => landed.at(-1) === server),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await loop;
    },
  };
}

/** One server after the other, each once: nobody landed on a server that was not the primary then. */
const inTurn = (landed: readonly string[]): readonly string[] =>
  landed.filter((server, at) => server !== landed[at - 1]);

describe.skipIf(unavailable !== undefined)(`an address ${unavailable ?? 'in network namespaces'}`, () => {
  test('comes to the primary by itself, moves in a switchover and, when the primary dies, in a failover', async () => {
    await using scene = await startVipScene();
    await using controlled = await control(scene);
    await using visits = visitor(scene);
    await visits.awaitOn('1');

    const moved = await controlled.switchover('db2');
    expect(moved.outcome?.flags).toEqual([]);
    expect(moved.status).toBe('succeeded');
    await visits.awaitOn('2');

    await scene.cluster.server('db2').kill();
    const taken = await controlled.failover();
    expect(taken.outcome?.flags).toEqual([]);
    expect(taken.status).toBe('succeeded');
    await visits.awaitOn('1');
    expect(inTurn(visits.landed)).toEqual(['1', '2', '1']);
  }, 120_000);

  test('is claimed for the new primary when the old host is gone, and the plan says what that may mean', async () => {
    await using scene = await startVipScene();
    await using controlled = await control(scene);
    await using visits = visitor(scene);
    await visits.awaitOn('1');
    const [host] = scene.network.hosts;
    if (host) await scene.network.unplug(host);
    await until('the primary to be missed', { deadlineMs }, async () => {
      const [db1] = controlled.controller.topology('orders').nodes;
      return db1?.reachable === false;
    });
    const taken = await controlled.failover();
    expect(taken.status).toBe('succeeded');
    expect(taken.plan?.warnings.join('\n')).toContain(scene.settings.address);
    await visits.awaitOn('2');
    expect(inTurn(visits.landed)).toEqual(['1', '2']);

    // The old host stays off: what the others say of the address is believed, and it is put right.
    await until('the route to be seen at the new primary', { deadlineMs }, async () =>
      controlled.controller.findings('orders').every(({ code }) => !code.startsWith('route-')),
    );
    const [, next] = scene.network.hosts;
    if (next) await scene.network.run(next, 'ip', ['addr', 'del', scene.settings.address, 'dev', 'eth0']);
    await until(
      'the address to be put back',
      { deadlineMs },
      async () => (await scene.visit())?.server === '2',
    );
  }, 120_000);
});
