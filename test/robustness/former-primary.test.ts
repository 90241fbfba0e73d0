/** A server that was a primary before, and that its agent has come up read-only since, takes over again. */
import { expect, it } from 'vitest';
import type { Call } from '../../src/core/clock.ts';
import { formatAddress } from '../../src/core/identity.ts';
import { expectOnePrimary } from '../kit/aftermath.ts';
import { startAgents } from '../kit/agents.ts';
import { startCluster } from '../kit/cluster.ts';
import { startControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';

it('a former primary that takes over again comes up writable when it restarts', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
  await using agents = await startAgents(cluster.servers, cluster.folder);
  const names = cluster.servers.map(({ name }) => name);
  await using control = await startControl(cluster, {
    settings: Object.fromEntries(names.map((name) => [name, { agent: agents.of(name).address }])),
    parts: {
      agents: (address) => {
        const at = names.find((name) => formatAddress(agents.of(name).address) === formatAddress(address));
        return agents.of(at ?? '').agent;
      },
    },
  });
  const call: Call = { signal: new AbortController().signal, deadlineMs: 10_000 };
  const { agent } = agents.of('db2');
  await agent.unfence({ start: 'read-only' }, call);
  await until('the controller to have seen how db2 starts', SOON, async () => {
    const db2 = control.controller.topology('orders').nodes.find(({ name }) => name === 'db2');
    return db2?.host?.state?.startsReadOnly === true ? true : undefined;
  });
  const { status, outcome, plan } = await control.switchover('db2');
  expect({ status, flags: outcome?.flags }).toEqual({ status: 'succeeded', flags: [] });
  expect(plan?.steps.map(({ id }) => id)).toContain('start-writable:db2');
  await expectOnePrimary(cluster, 'db2');
  expect(await agent.state(call)).toMatchObject({ fenced: false, startsReadOnly: false });
});
