/** What the servers say when it is over. */
import { until } from '../../../test/kit/deadline.ts';
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import type { Stage } from '../stage.ts';

export interface Inspection {
  readonly wrong: readonly string[];
  readonly remarks: readonly string[];
}

const FOLLOW = { deadlineMs: 5000, everyMs: 50 };

/** The old primary must follow; how much had to be copied for that is a remark. */
export async function inspectSwitchover(stage: Stage, next: RedisServer): Promise<Inspection> {
  const { wrong, remarks } = await inspectTakeover(stage, next);
  const follows = await until(`${stage.primary.name} to follow`, FOLLOW, async () => {
    const { role, master_link_status: link } = await stage.primary.info('replication');
    return role === 'slave' && link === 'up';
  }).catch(() => false);
  return { wrong: follows ? wrong : [...wrong, `${stage.primary.name} does not follow`], remarks };
}

export async function inspectTakeover({ servers }: Stage, next: RedisServer): Promise<Inspection> {
  const running = servers.filter((server) => server.running);
  const roles = await Promise.all(running.map(async (server) => (await server.info('replication')).role));
  const primaries = running.filter((_, index) => roles[index] === 'master');
  const { sync_full: copies = '0' } = await next.info('stats');
  return {
    wrong: primaries.length === 1 ? [] : [`primaries: ${primaries.map(({ name }) => name).join(', ')}`],
    remarks: copies === '0' ? [] : [`${copies} full copies from ${next.name}`],
  };
}
