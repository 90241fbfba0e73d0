/** `CLUSTER FAILOVER` as a person types it, at the candidate. */
import { until } from '../../../test/kit/deadline.ts';
import type { HandOverActor } from '../actor.ts';
import { candidateOf, type Stage } from '../stage.ts';

export const failoverModes = ['default', 'force', 'takeover'] as const;

export type FailoverMode = (typeof failoverModes)[number];

/** The cluster gives up after 5 s by itself. */
const END = { deadlineMs: 8000, everyMs: 20 };

export async function openClusterFailover(stage: Stage, mode: FailoverMode): Promise<HandOverActor> {
  const candidate = candidateOf(stage);
  await candidate.command('PING');
  return {
    switchover: async () => {
      await candidate.command('CLUSTER', 'FAILOVER', ...(mode === 'default' ? [] : [mode]));
      await until(`${candidate.name} to be the primary`, END, async () => {
        return (await candidate.info('replication')).role === 'master';
      });
      return {};
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
