/** A failover as it would be planned with an agent and a route, and every setting at its default. */
import { parseConfiguration } from '../../src/control/configuration/index.ts';
import { planFailover } from '../../src/core/failover/plan-failover.ts';
import type { Plan } from '../../src/core/plan.ts';
import { cluster, nodeNamed } from '../../src/core/testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../../src/core/testing/counted-positions.ts';
import { judgedDead } from '../../src/core/testing/judged.ts';

const CONFIGURATION = `
clusters:
  - name: orders
    engine: mariadb
    seeds: [10.0.0.1]
    routes:
      - {name: orders-rw, socket: /run/haproxy/admin.sock, backend: orders, server: primary, frontend: orders}
    hooks:
      beforeFailover: [{command: [/usr/local/bin/announce]}]
      afterFailover: [{command: [/usr/local/bin/tell]}]
`;

/** db1 died; its host's agent answers. */
export function defaultFailover(): Plan {
  const [setup] = parseConfiguration(CONFIGURATION, 'dauphin.yaml').clusters;
  if (setup === undefined) throw new Error('the configuration names a cluster');
  const topology = cluster('orders')
    .primary('db1', { unreachable: true, settings: { agent: { host: '10.0.0.1', port: 7433 } } })
    .replica('db2')
    .replica('db3')
    .topology();
  const planned = planFailover({
    situation: { topology, policy: setup.policy, routes: new Map(), doubts: new Map() },
    dead: nodeNamed(topology, 'db1').id,
    judgement: judgedDead,
    request: { cluster: setup.policy.name },
    engine: { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant },
    positions: countedPositions,
  });
  if (!planned.ok) throw new Error(planned.refusals.map(({ fact }) => fact).join('; '));
  return planned.plan;
}
