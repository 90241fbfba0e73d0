/** A switchover as it would be planned with nothing configured but servers, a route and hooks. */
import { parseConfiguration } from '../../src/control/configuration/index.ts';
import type { Plan } from '../../src/core/plan.ts';
import { planSwitchover } from '../../src/core/switchover/plan-switchover.ts';
import { cluster } from '../../src/core/testing/cluster-builder.ts';

const CONFIGURATION = `
clusters:
  - name: orders
    engine: mariadb
    seeds: [10.0.0.1]
    routes:
      - {name: orders-rw, socket: /run/haproxy/admin.sock, backend: orders, server: primary, frontend: orders}
    hooks:
      beforeSwitchover: [{command: [/usr/local/bin/announce]}]
      afterSwitchover: [{command: [/usr/local/bin/tell]}]
`;

export function defaultPlan(): Plan {
  const { clusters } = parseConfiguration(CONFIGURATION, 'dauphin.yaml');
  const [setup] = clusters;
  if (setup === undefined) throw new Error('the configuration names a cluster');
  const built = cluster('orders')
    .primary('db1')
    .replica('db2')
    .replica('db3')
    .replica('db4', {
      unreachable: true,
      downtime: { until: Number.MAX_SAFE_INTEGER, owner: '', reason: '' },
    });
  const situation = {
    topology: built.topology(),
    policy: setup.policy,
    routes: new Map([['orders-rw', { held: false }]]),
    doubts: new Map(),
  };
  const engine = { title: 'MariaDB', privilegedMayWrite: true };
  const planned = planSwitchover(situation, { cluster: setup.policy.name }, engine);
  if (!planned.ok) throw new Error(planned.refusals.map(({ fact }) => fact).join('; '));
  return planned.plan;
}
