/** `kill -9` of a primary, and its way back. */
import { findingListSchema } from '../../src/contract/answer-schema.ts';
import { until } from '../../test/kit/deadline.ts';
import { clusterNodes } from '../../test/kit/redis/cluster-nodes.ts';
import type { RedisServer } from '../../test/kit/redis/redis-server.ts';
import type { Screen } from '../screen.ts';
import { CLUSTER } from '../stage.ts';
import type { Stage } from './stage.ts';

const SEEN_MS = 20_000;
const CALM_MS = 5000;

/** Those that have slots, in the eyes of the first server that runs; whether they run or not. */
async function owners({ servers }: Pick<Stage, 'servers'>): Promise<readonly RedisServer[]> {
  const asked = servers.find((server) => server.running);
  if (asked === undefined) throw new Error('no node of the cluster runs');
  const nodes = (await clusterNodes(asked)).filter(({ slots }) => slots.length > 0);
  const ports = new Set(nodes.map(({ address }) => address.port));
  return servers.filter(({ address }) => ports.has(address.port));
}

export async function primariesOf(stage: Pick<Stage, 'servers'>): Promise<readonly RedisServer[]> {
  return (await owners(stage)).filter((server) => server.running);
}

/** Without a name, the first of them. Throws when there is none. */
export async function killPrimary(
  stage: Pick<Stage, 'servers'>,
  screen: Screen,
  name?: string,
): Promise<RedisServer> {
  const primaries = await primariesOf(stage);
  const primary = name === undefined ? primaries[0] : primaries.find((server) => server.name === name);
  if (primary === undefined) throw new Error(`${name ?? 'nobody'} is no primary that runs`);
  screen.command(`kill -KILL ${primary.pid}    # ${primary.name}, a primary`);
  await primary.kill();
  return primary;
}

/** Of one whose place another has taken; returns when the controller has seen it follow. */
export async function startAgain(stage: Stage, server: RedisServer): Promise<void> {
  await startReplaced(stage);
  await until(`${server.name} to be seen as a replica`, { deadlineMs: SEEN_MS, everyMs: 100 }, async () => {
    const { nodes } = await stage.controller.topology(CLUSTER);
    return nodes.some(({ name, reachable, role }) => name === server.name && reachable && role === 'replica');
  });
  await awaitCalm(stage);
}

/** For a moment after a change the servers' views differ; what lasts is to be shown, and does not hold up the demo. */
export async function awaitCalm({ controller }: Stage): Promise<void> {
  await until('no finding', { deadlineMs: CALM_MS, everyMs: 100 }, async () => {
    const { findings } = await controller.client.get(`/v1/findings?cluster=${CLUSTER}`, findingListSchema);
    return findings.length === 0;
  }).catch(() => undefined);
}

/**
 * Starts what does not run, as whoever keeps servers running would. Not while it still has slots: it comes back empty, and
 * its replica would copy that.
 */
export async function startReplaced(stage: Pick<Stage, 'servers'>): Promise<void> {
  const kept = await owners(stage);
  const replaced = stage.servers.filter((server) => !server.running && !kept.includes(server));
  for (const server of replaced) await server.restart();
}
