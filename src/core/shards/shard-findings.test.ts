import { expect, test } from 'vitest';
import { cluster } from '../testing/cluster-builder.ts';
import { shardFindings } from './shard-findings.ts';
import { shardSituation } from './shard-situation.ts';
import { redis70 } from './testing/server-kinds.ts';
import { type ClusterTraits, testNow, threeShards, viewBy } from './testing/shard-cluster.ts';

const names = ['a', 'b', 'c', 'a1', 'b1', 'c1'];

function found(traits: ClusterTraits, more: { readonly silent?: string; readonly centres?: boolean } = {}) {
  let built = cluster('cache', 'redis-cluster');
  const centre = (name: string) => (more.centres ? { dataCenter: name[0] ?? '' } : {});
  for (const name of ['a', 'b', 'c'])
    built = built.primary(name, { ...centre(name), ...(more.silent === name ? { unreachable: true } : {}) });
  for (const name of ['a', 'b', 'c']) built = built.replica(`${name}1`, { source: name, ...centre(name) });
  const sights = names
    .filter((name) => name !== more.silent)
    .map((by) => ({
      view: viewBy(traits, by),
      nodeTimeoutMs: 1000,
      server: redis70,
      migrates: true,
      stood: 0,
    }));
  const situation = shardSituation(sights, { elections: [], now: testNow, nameOf: (id) => id });
  return shardFindings(built.topology(), built.policy(), situation);
}

test('a healthy cluster has none: that it has several primaries is as it should be', () => {
  expect(found(threeShards)).toEqual([]);
});

test('what is wrong with a shard and with the whole is told together, the worst first', () => {
  const all = found({ ...threeShards, flags: { a: ['fail'] } }, { silent: 'a' });
  const codes = all.map(({ code }) => code);
  expect(codes).toContain('node-failed');
  expect(codes).toContain('primary-unreachable');
  // It would be said of the whole cluster.
  expect(codes).not.toContain('no-primary');
  const rank = { critical: 0, warning: 1, notice: 2 };
  const ranks = all.map(({ severity }) => rank[severity]);
  expect(ranks).toEqual(ranks.toSorted((one, other) => one - other));
});

test('a data centre is a zone, and a finding names its server', () => {
  const near = found(threeShards, { centres: true }).filter(
    ({ code }) => code === 'replica-with-its-primary',
  );
  expect(near.map(({ serverName }) => serverName)).toEqual(['a1', 'b1', 'c1']);
  expect(near[0]).toMatchObject({ cluster: 'cache', downtimed: false });
});
