/** What a failover says is lost, where the proof of it is worth less than it looks; on real servers. */
import { describe, expect, it } from 'vitest';
import type { HostAgent } from '../../src/core/host.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { DurabilityPolicy } from '../../src/core/policy.ts';
import { type Agents, startAgents } from '../kit/agents.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { enableSemiSync, seenAcknowledging, semiSyncArgs } from '../kit/semi-sync.ts';

const engines: readonly SqlEngineKind[] =
  mysqlUnavailable() === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

interface Story {
  readonly engine: SqlEngineKind;
  readonly durability: DurabilityPolicy;
  /** What its host is said to be like by its agent, once the primary is dead. */
  readonly hostUpMs?: number;
  readonly before?: (cluster: Cluster, control: TestControl) => Promise<void>;
}

const stopReceiving = { mariadb: 'stop slave io_thread', mysql: 'stop replica io_thread' } as const;

/** The real agent; only how long its host has been up is the test's. */
function saying(agent: HostAgent, upMs: number | undefined): HostAgent {
  return {
    address: agent.address,
    state: async (call) => ({ ...(await agent.state(call)), ...(upMs === undefined ? {} : { upMs }) }),
    fence: (call) => agent.fence(call),
    unfence: (request, call) => agent.unfence(request, call),
    readTail: (request, call) => agent.readTail(request, call),
    readSurplus: (request, call) => agent.readSurplus(request, call),
  };
}

/** The primary writes one row that no replica receives, is killed, and a failover is asked for. */
async function playWithAgents({ engine, durability, hostUpMs, before }: Story): Promise<Operation> {
  await using cluster = await startCluster({ engine, replicas: 2 });
  await using agents = await startAgents(cluster.servers, cluster.folder);
  const of = (address: HostAgent['address']): HostAgent =>
    saying(agentAt(agents, cluster, address), hostUpMs);
  await using control = await startControl(cluster, {
    policy: { failover: { durability } },
    settings: Object.fromEntries(
      cluster.servers.map(({ name }) => [name, { agent: agents.of(name).address }]),
    ),
    parts: { agents: of },
  });
  await before?.(cluster, control);
  for (const name of ['db2', 'db3']) await cluster.server(name).query(stopReceiving[engine]);
  await cluster.primary.query("insert into app.writes (id, at) values ('only here', now(6))");
  await cluster.server('db1').kill();
  return await control.failover();
}

function agentAt(agents: Agents, { servers }: Cluster, address: HostAgent['address']): HostAgent {
  const found = servers.find(({ name }) => formatAddress(agents.of(name).address) === formatAddress(address));
  return agents.of(found?.name ?? '').agent;
}

/** Until the controller has seen it so. */
const seen = (control: TestControl, what: string, holds: (text: string) => boolean): Promise<true> =>
  until(what, SOON, async () => {
    const db1 = control.controller.topology('orders').nodes.find(({ name }) => name === 'db1');
    return holds(JSON.stringify(db1?.seen)) ? true : undefined;
  });

const lax = async (cluster: Cluster, control: TestControl): Promise<void> => {
  await cluster.primary.query('set global sync_binlog=0; set global innodb_flush_log_at_trx_commit=2');
  await seen(control, 'its settings seen', (text) =>
    text.includes('sync_binlog=0, innodb_flush_log_at_trx_commit=2'),
  );
};

const strict = async (cluster: Cluster, control: TestControl): Promise<void> => {
  await cluster.primary.query('set global sync_binlog=1; set global innodb_flush_log_at_trx_commit=1');
  await seen(control, 'its settings seen', (text) => text.includes('"durable":true'));
};

describe.each(engines)('the dead primary’s log, %s', (engine) => {
  it('proves that nothing is lost while its host has been up', async () => {
    const operation = await playWithAgents({ engine, durability: 'lossless', before: lax });
    expect(operation.outcome?.loss).toMatchObject({ verdict: 'none', transactions: 0 });
    expect(operation.status).toBe('succeeded');
    expect(operation.plan?.guarantee).toContain('its host has not restarted (sync_binlog=0');
  });

  it('proves nothing once its host has restarted, unless each commit was synced', async () => {
    const story = { engine, hostUpMs: 0 } as const;
    const refused = await playWithAgents({ ...story, durability: 'lossless', before: lax });
    expect(refused.status).toBe('rolled-back');
    expect(refused.outcome?.cause?.code).toBe('loss-not-accepted');
    expect(refused.outcome?.cause?.message).toContain('its host has restarted since');
    const possible = await playWithAgents({ ...story, durability: 'salvage', before: lax });
    expect(possible.status).toBe('succeeded');
    expect(possible.outcome?.loss?.verdict).toBe('possible');
    const synced = await playWithAgents({ ...story, durability: 'lossless', before: strict });
    expect(synced.outcome?.loss?.verdict).toBe('none');
  }, 120_000);

  it('the agent tells how long its host has been up', async () => {
    await using cluster = await startCluster({ engine, replicas: 0 });
    await using agents = await startAgents(cluster.servers, cluster.folder);
    const call = { signal: new AbortController().signal, deadlineMs: 5000 };
    const first = await agents.of('db1').agent.state(call);
    const { upMs } = await until('it to have grown', SOON, async () => {
      const next = await agents.of('db1').agent.state(call);
      return next.upMs > first.upMs ? next : undefined;
    });
    expect(upMs).toBeLessThan(Date.now());
  });
});

it.skipIf(mysqlUnavailable() !== undefined)(
  'a new primary that cannot wait for replicas as the old one did is flagged, mysql',
  async () => {
    await using cluster = await startCluster({
      engine: 'mysql',
      replicas: 2,
      serverArgs: semiSyncArgs.mysql,
    });
    await using control = await startControl(cluster, { settings: { db2: { promotionRule: 'prefer' } } });
    await enableSemiSync(cluster);
    await seen(control, 'semi-synchronous replication', (text) => text.includes('"connectedReplicas":2'));
    const uninstall = 'set session sql_log_bin = 0; uninstall plugin rpl_semi_sync_source';
    const db2 = cluster.server('db2');
    await db2.query(`set global super_read_only = 0; ${uninstall}; set global super_read_only = 1`);
    await cluster.server('db1').kill();
    const operation = await control.failover();
    expect(operation.status).toBe('succeeded');
    expect(operation.outcome?.flags.map(({ step }) => step)).toEqual(['promote:db2']);
    expect(operation.outcome?.flags[0]?.repair).toContain('semi-synchronous replication on db2');
  },
);

const waitAlone = {
  mariadb: 'rpl_semi_sync_master_wait_no_slave',
  mysql: 'rpl_semi_sync_source_wait_no_replica',
} as const;

describe.each(engines)('semi-synchronous replication, %s', (engine) => {
  async function failedOver(before?: (cluster: Cluster, control: TestControl) => Promise<void>) {
    await using cluster = await startCluster({ engine, replicas: 2, serverArgs: semiSyncArgs[engine] });
    await using control = await startControl(cluster, { policy: { failover: { durability: 'lossless' } } });
    await enableSemiSync(cluster);
    await cluster.primary.query("insert into app.writes (id, at) values ('acknowledged', now(6))");
    await seen(control, 'semi-synchronous replication', (text) => text.includes('"connectedReplicas":2'));
    await seenAcknowledging(control.controller, 2);
    await before?.(cluster, control);
    await cluster.server('db1').kill();
    return await control.failover();
  }

  it('proves that nothing is lost', async () => {
    const operation = await failedOver();
    expect(operation.outcome?.loss?.verdict).toBe('none');
  });

  it('proves nothing where the primary does not wait when its replicas are gone', async () => {
    const operation = await failedOver(async (cluster, control) => {
      await cluster.primary.query(`set global ${waitAlone[engine]}=0`);
      await seen(control, 'the setting', (text) => text.includes('"waitsWithoutReplicas":false'));
    });
    expect(operation.outcome?.cause?.code).toBe('loss-not-accepted');
    expect(operation.plan?.warnings.join()).toContain('wait_no_slave, wait_no_replica');
  });
});
