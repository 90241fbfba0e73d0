/** The server's own `FAILOVER`. It waits for what replicas send once a second, so its pause depends on the moment. */
import { until } from '../../../test/kit/deadline.ts';
import type { HandOverActor } from '../actor.ts';
import { candidateOf, type Stage } from '../stage.ts';

const END = { deadlineMs: 15_000, everyMs: 20 };

export async function openOwnFailover(stage: Stage): Promise<HandOverActor> {
  await Promise.all(stage.servers.map((server) => server.command('PING')));
  const [old, next] = [stage.primary, candidateOf(stage)];
  return {
    switchover: async () => {
      await old.command('FAILOVER', 'TO', next.address.host, next.address.port);
      await until(`${next.name} to be the primary`, END, async () => {
        return (await next.info('replication')).role === 'master';
      });
      return {};
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
