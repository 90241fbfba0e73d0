/** Two database hosts and a client's, each with a network of its own, agents, and an address that may move. */
import type { HostAgent } from '../../src/core/host.ts';
import type { Address } from '../../src/core/identity.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { VipSettings } from '../../src/core/policy.ts';
import { makeAuthority } from '../../src/hosts/certificates/authority.ts';
import { app } from '../kit/accounts.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { Cluster } from '../kit/cluster.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { createWorkFolder } from '../kit/folder.ts';
import { startMariadb } from '../kit/mariadb.ts';
import { type Network, type NetworkHost, startNetwork } from '../kit/network.ts';
import { awaitCaughtUp, follow, makeReadOnly } from '../kit/replication.ts';
import { createWritesTable } from '../kit/writes-table.ts';

const databasePort = 3306;
const agentPort = 7433;

export interface VipScene extends AsyncDisposable {
  readonly network: Network;
  readonly client: NetworkHost;
  readonly cluster: Cluster;
  readonly settings: VipSettings;
  agentOf(server: string): AgentProcess;
  agents(address: Address): HostAgent;
  /** A new connection to the address from the client's host: the `server_id` it lands on, and whether that is read-only. */
  visit(): Promise<{ readonly server: string; readonly readOnly: string } | undefined>;
  /** What the server says over such a connection. */
  ask(sql: string, withinMs: number): Promise<string>;
}

export async function startVipScene(): Promise<VipScene> {
  await using resources = new AsyncDisposableStack();
  const network = resources.use(await startNetwork(['db1', 'db2', 'client']));
  const folder = resources.use(await createWorkFolder('vip')).path;
  const [one, two, client] = network.hosts;
  if (!one || !two || !client) throw new Error('no hosts');
  const servers: DatabaseServer[] = [];
  for (const [at, { host, namespace }] of [one, two].entries()) {
    const server = await startMariadb({
      folder,
      name: `db${at + 1}`,
      host,
      namespace,
      port: databasePort,
      serverId: at + 1,
      // On the address that moves, too.
      args: ['--bind-address=0.0.0.0'],
    });
    servers.push(resources.use(server));
  }
  const cluster = await replicating(folder, servers);
  const settings: VipSettings = { name: 'rw', kind: 'vip', address: `${network.address(50)}/24` };
  const authority = await makeAuthority(Date.now());
  const agents = new Map<string, AgentProcess>();
  for (const [at, server] of servers.entries()) {
    const namespace = network.hosts[at]?.namespace ?? '';
    const top = { addresses: [settings.address] };
    const agent = await startAgent(server, { authority, namespace, port: agentPort, top });
    agents.set(server.name, resources.use(agent));
  }
  const agentOf = (name: string): AgentProcess => {
    const agent = agents.get(name);
    if (!agent) throw new Error(`no agent beside ${name}`);
    return agent;
  };
  const ask: VipScene['ask'] = (sql, withinMs) => {
    const login = [`-h${hostOf(settings)}`, `-P${databasePort}`, `-u${app.user}`, `-p${app.password}`];
    const options = ['--no-defaults', ...login, '--connect-timeout=1', '-N', '-B', '-e', sql];
    return network.run(client, 'mariadb', options, withinMs);
  };
  const owned = resources.move();
  return {
    network,
    client,
    cluster,
    settings,
    agentOf,
    agents: (address) => {
      const found = [...agents.values()].find(
        (each) => formatAddress(each.address) === formatAddress(address),
      );
      if (!found) throw new Error(`no agent at ${formatAddress(address)}`);
      return found.agent;
    },
    visit: () => visit(ask),
    ask,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function replicating(folder: string, servers: readonly DatabaseServer[]): Promise<Cluster> {
  const [primary, replica] = servers;
  if (!primary || !replica) throw new Error('no servers');
  await makeReadOnly(replica);
  await follow(replica, primary);
  await createWritesTable(primary);
  await awaitCaughtUp(servers, primary, 15_000);
  return new Cluster(folder, servers, primary, new AsyncDisposableStack());
}

const hostOf = ({ address }: VipSettings): string => address.split('/')[0] ?? '';

async function visit(ask: VipScene['ask']): ReturnType<VipScene['visit']> {
  const answer = await ask('select @@server_id, @@read_only', 3000).catch(() => undefined);
  const [server = '', readOnly = ''] = answer?.trim().split('\t') ?? [];
  return answer === undefined ? undefined : { server, readOnly };
}
