/** One cluster for each refusal, so that the page shows the very words in which it is said. */
import type { ClusterPolicy } from '../../src/core/policy.ts';
import type { RouteState } from '../../src/core/route.ts';
import { planSwitchover } from '../../src/core/switchover/plan-switchover.ts';
import type { Refusal, RefusalCode } from '../../src/core/switchover-request.ts';
import { type ClusterBuilder, cluster, nodeNamed, testTime } from '../../src/core/testing/cluster-builder.ts';
import type { ServerTraits } from '../../src/core/testing/server-traits.ts';
import type { PolicyTraits } from '../../src/core/testing/test-policy.ts';
import { doubtOf } from './failover-refusals.ts';

interface Stage {
  readonly cluster: ClusterBuilder;
  /** The server that was named. */
  readonly to?: string;
  readonly policy?: PolicyTraits;
  readonly routes?: ReadonlyMap<string, RouteState | undefined>;
  /** It may have been promoted by an operation that was given up. */
  readonly doubted?: string;
}

const orders = cluster('orders').primary('db1').replica('db2').replica('db3');
const downtime = { until: testTime + 3_600_000, owner: 'ann', reason: 'disk swap' };
const duplicate = { code: 1062, message: "Duplicate entry '7' for key 'PRIMARY'" };

const onPrimary = (traits: ServerTraits): Stage => ({ cluster: orders.with('db1', traits) });
const onCandidate = (traits: ServerTraits): Stage => ({ cluster: orders.with('db2', traits), to: 'db2' });
const onSibling = (traits: ServerTraits): Stage => ({ cluster: orders.with('db3', traits), to: 'db2' });

const stages: Partial<Readonly<Record<RefusalCode, Stage>>> = {
  'co-primaries': { cluster: orders.with('db1', { source: 'db2' }) },
  'no-primary': { cluster: cluster('orders').neverSeen('db1') },
  'several-primaries': { cluster: orders.primary('db4') },
  'possible-primary': { cluster: orders.with('db2', { unreachable: true }), doubted: 'db2' },
  'primary-unreachable': onPrimary({ unreachable: 'timed-out' }),
  'primary-read-only': onPrimary({ writeMode: 'read-only' }),
  'primary-gtid-off': onPrimary({ gtid: false }),
  'primary-not-logging': onPrimary({ log: { enabled: false } }),
  'primary-replicates': onPrimary({ source: '192.0.2.1:3306' }),
  'primary-filtered': onPrimary({ log: { filters: ['Binlog_Ignore_DB: scratch'] } }),
  'route-unreachable': { cluster: orders, routes: new Map([['orders-rw', undefined]]) },
  'no-candidate': { cluster: cluster('orders').primary('db1') },
  'already-primary': { cluster: orders, to: 'db1' },
  'candidate-unreachable': onCandidate({ unreachable: true }),
  'not-direct': { cluster: orders.with('db3', { source: 'db2' }), to: 'db3' },
  'candidate-banned': onCandidate({ promotionRule: 'must_not' }),
  'candidate-downtimed': onCandidate({ downtime }),
  'candidate-multi-source': onCandidate({ extraSources: ['192.0.2.9:3306'] }),
  'candidate-gtid-off': onCandidate({ gtid: false }),
  'candidate-not-logging': onCandidate({ log: { logsReplicated: false } }),
  'candidate-broken': onCandidate({ applierError: duplicate }),
  'candidate-stopped': onCandidate({ applier: 'stopped' }),
  'candidate-delayed': onCandidate({ delaySeconds: 3600 }),
  'candidate-lagging': onCandidate({ lagSeconds: 14 }),
  'candidate-errant': onCandidate({ errant: 3 }),
  'candidate-writable': onCandidate({ writeMode: 'writable' }),
  'candidate-older': onCandidate({ version: '10.6.21' }),
  'candidate-filtered': onCandidate({ filters: ['Replicate_Ignore_DB: scratch'] }),
  'candidate-log-format': onCandidate({ log: { format: 'MIXED' } }),
  'candidate-duplicate-id': onCandidate({ number: 3 }),
  'candidate-other-data-center': {
    cluster: cluster('orders').primary('db1', { dataCenter: 'a' }).replica('db2', { dataCenter: 'b' }),
    policy: { switchover: { crossDataCenter: false } },
  },
  'sibling-unreachable': onSibling({ unreachable: true }),
  'sibling-broken': onSibling({ applierError: duplicate }),
  'sibling-errant': onSibling({ errant: 1 }),
  'sibling-older': { cluster: orders.with('db2', { version: '11.4.2' }), to: 'db2' },
};

/** Undefined where a refusal is not the plan's to make. Throws when a stage is not refused in that way. */
export function exampleOf(code: RefusalCode): Refusal | undefined {
  const stage = stages[code];
  if (stage === undefined) return undefined;
  const refusals = refusalsOf(stage);
  const found = refusals.find((refusal) => refusal.code === code);
  if (found !== undefined) return found;
  throw new Error(`the example of ${code} is refused for ${refusals.map((each) => each.code).join(', ')}`);
}

function refusalsOf({
  cluster: built,
  to,
  policy = {},
  routes = new Map(),
  doubted,
}: Stage): readonly Refusal[] {
  const topology = built.topology();
  const doubts = new Map(doubted === undefined ? [] : [doubtOf(nodeNamed(topology, doubted))]);
  const settings: ClusterPolicy = built.policy(policy);
  const named = to === undefined ? {} : { to: nodeNamed(topology, to).id };
  const request = { cluster: topology.cluster, ...named };
  const engine = { title: 'MariaDB', privilegedMayWrite: true };
  const planned = planSwitchover({ topology, policy: settings, routes, doubts }, request, engine);
  return planned.ok ? [] : planned.refusals;
}
