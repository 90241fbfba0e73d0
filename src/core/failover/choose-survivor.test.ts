import { expect, test } from 'vitest';
import type { RouteSettings } from '../policy.ts';
import { type ClusterBuilder, cluster, nodeNamed } from '../testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../testing/counted-positions.ts';
import { chooseSurvivor } from './choose-survivor.ts';

const vip: RouteSettings = { name: 'rw', kind: 'vip', address: '10.0.0.50/24' };
const haproxy: RouteSettings = { name: 'rw', kind: 'haproxy', socket: '/s', backend: 'b', server: 's' };
const agent = { host: '10.0.0.2', port: 7433 };
const silent = { at: 0, failure: 'connect EHOSTUNREACH' };

/** What speaks for db2 otherwise: its name, and that it feeds db4. */
const survivors = cluster()
  .primary('db1', { unreachable: true })
  .replica('db2', { settings: { agent }, host: silent })
  .replica('db3', { settings: { agent } })
  .replica('db4', { source: 'db2' });

function chosen(built: ClusterBuilder, route: RouteSettings) {
  const topology = built.topology();
  const choice = chooseSurvivor(
    {
      situation: {
        topology,
        policy: built.policy({ routes: [route] }),
        routes: new Map(),
        doubts: new Map(),
      },
      dead: nodeNamed(topology, 'db1'),
      positions: countedPositions,
      errant: countedErrant,
    },
    undefined,
  );
  return choice.ok ? [choice.candidate.name, ...choice.reasons] : choice.refusals.map(({ code }) => code);
}

test('a server to which the address cannot come now is passed over for one to which it can', () => {
  expect(chosen(survivors, vip)).toEqual(['db3', 'the address that moves can come to it now']);
});

test('it comes before one that has received more, and after one that lags too far', () => {
  expect(chosen(survivors.with('db3', { behind: 5 }), vip)[0]).toBe('db3');
  expect(chosen(survivors.with('db3', { lagSeconds: 3600 }), vip)[0]).toBe('db2');
});

test('a promotion rule weighs more, and a route that no agent carries weighs nothing', () => {
  expect(chosen(survivors.with('db2', { promotionRule: 'prefer' }), vip)[0]).toBe('db2');
  expect(chosen(survivors, haproxy)[0]).toBe('db2');
});

test('it is no bar: taking over matters more', () => {
  expect(chosen(survivors.with('db3', { promotionRule: 'must_not' }), vip)[0]).toBe('db2');
});
