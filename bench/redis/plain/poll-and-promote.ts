/** The floor of a failover: three refused polls, then the replica that has received most. */
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import type { WatchingActor } from '../actor.ts';
import { awaitRefusals } from '../refused-polls.ts';
import { scriptActor } from '../script-actor.ts';
import type { Stage } from '../stage.ts';

export async function openPollAndPromote({ primary, replicas }: Stage): Promise<WatchingActor> {
  await Promise.all(replicas.map((replica) => replica.command('PING')));
  return scriptActor(async (signal) => {
    await awaitRefusals(primary.address, signal);
    const offsets = await Promise.all(replicas.map(offsetOf));
    const next = replicas[offsets.indexOf(Math.max(...offsets))];
    if (next === undefined) return { failure: 'there is no replica' };
    await next.command('REPLICAOF', 'NO', 'ONE');
    const siblings = replicas.filter((replica) => replica !== next);
    await Promise.all(
      siblings.map((sibling) => sibling.command('REPLICAOF', next.address.host, next.address.port)),
    );
    return {};
  });
}

async function offsetOf(replica: RedisServer): Promise<number> {
  return Number((await replica.info('replication')).slave_repl_offset);
}
