/** The check after every piece of bad luck: one writable server, every acknowledged write on it. */
import { expect } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Cluster } from './cluster.ts';
import type { DatabaseServer } from './database-server.ts';
import { verifyWrites } from './verify-writes.ts';
import type { WriterReport } from './writer.ts';

export async function writableServers(cluster: Cluster): Promise<readonly DatabaseServer[]> {
  const answers = await Promise.all(
    cluster.servers.map(async (server) => {
      if (!server.running) return undefined;
      const rows = await server.query('select @@global.read_only as ro').catch(() => []);
      return rows[0]?.ro === '0' ? server : undefined;
    }),
  );
  return answers.filter((server) => server !== undefined);
}

export async function expectOnePrimary(cluster: Cluster, name: string): Promise<DatabaseServer> {
  const writable = await writableServers(cluster);
  expect(writable.map((server) => server.name)).toEqual([name]);
  return writable[0] as DatabaseServer;
}

export async function expectNothingLost(report: WriterReport, primary: DatabaseServer): Promise<void> {
  const verdict = await verifyWrites(report.ids, primary);
  expect(verdict.acknowledged).toBeGreaterThan(0);
  expect(verdict.lost).toEqual([]);
  expect(verdict.duplicated).toEqual([]);
}

/** Waits until a replica has what the primary has, by the rows in the writers' table. */
export async function expectFollows(
  replica: DatabaseServer,
  primary: DatabaseServer,
  withinMs = 10_000,
): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const [mine, theirs] = await Promise.all([countRows(replica), countRows(primary)]);
    if (mine === theirs) return;
    if (performance.now() > until) expect(mine, `${replica.name} follows ${primary.name}`).toBe(theirs);
    await systemClock.sleep(50);
  }
}

async function countRows(server: DatabaseServer): Promise<string | null | undefined> {
  const rows = await server.query('select count(*) as n from app.writes');
  return rows[0]?.n;
}
