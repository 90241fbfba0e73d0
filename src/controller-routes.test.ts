import { expect, test } from 'vitest';
import { systemClock } from './control/system-clock.ts';
import { controllerRoutes, type RoutesParts } from './controller-routes.ts';
import type { Call } from './core/clock.ts';
import type { VipSettings } from './core/policy.ts';
import { cluster } from './core/testing/cluster-builder.ts';

const settings: VipSettings = { name: 'rw', kind: 'vip', address: '10.0.0.50/24' };
const call: Call = { signal: new AbortController().signal, deadlineMs: 10_000 };

const policyOf = (name: string, agent: string) =>
  cluster(name)
    .primary('db1', {
      address: { host: agent, port: 3306 },
      settings: { agent: { host: agent, port: 7433 } },
    })
    .policy();

test('an address is carried by the agents of its own cluster, also when another one has the same settings', async () => {
  const asked: string[] = [];
  const agents: RoutesParts['agents'] = ({ host }) => ({
    addresses: {
      look: async () => {
        asked.push(host);
        return { held: false };
      },
      claim: async () => undefined,
      drop: async () => undefined,
    },
  });
  const routes = controllerRoutes({ agents, clock: systemClock });
  const orders = routes(settings, policyOf('orders', '10.0.0.1'));
  const stock = routes(settings, policyOf('stock', '10.0.1.1'));
  await orders.look(call);
  expect(asked).toEqual(['10.0.0.1']);
  await stock.look(call);
  expect(asked).toEqual(['10.0.0.1', '10.0.1.1']);
  expect(routes({ ...settings }, policyOf('orders', '10.0.0.1'))).toBe(orders);
});
