/** What the servers count of the statements that reach them. */
import type { DatabaseServer } from '../../test/kit/database-server.ts';

export interface ServerLoad {
  /** Statements of clients, each one of a bundle counted by itself. */
  readonly statements: number;
  /** How often its replication was asked for: once in every look at it. */
  readonly looks: number;
  /** Connections opened. */
  readonly connections: number;
}

/** Reading the counters counts too: each reading is one statement, and is seen by itself. */
const OWN_STATEMENTS = 1;

export async function serverLoads(servers: readonly DatabaseServer[]): Promise<readonly ServerLoad[]> {
  return Promise.all(servers.map(serverLoad));
}

/** Between two readings of the same servers, all together. */
export function loadBetween(before: readonly ServerLoad[], after: readonly ServerLoad[]): ServerLoad {
  const sum = (loads: readonly ServerLoad[], pick: (load: ServerLoad) => number): number =>
    loads.reduce((total, load) => total + pick(load), 0);
  const grown = (pick: (load: ServerLoad) => number): number => sum(after, pick) - sum(before, pick);
  return {
    statements: grown((load) => load.statements) - OWN_STATEMENTS * after.length,
    looks: grown((load) => load.looks),
    connections: grown((load) => load.connections),
  };
}

async function serverLoad(server: DatabaseServer): Promise<ServerLoad> {
  const rows = await server.query(
    "show global status where variable_name in ('Questions', 'Com_show_slave_status', 'Connections')",
  );
  const values = new Map(rows.map((row) => [row.Variable_name?.toLowerCase(), Number(row.Value)]));
  return {
    statements: values.get('questions') ?? 0,
    looks: values.get('com_show_slave_status') ?? 0,
    connections: values.get('connections') ?? 0,
  };
}
