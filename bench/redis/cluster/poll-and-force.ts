/** The floor: three refused polls, then `CLUSTER FAILOVER FORCE`, which the other primaries still vote on. */
import type { WatchingActor } from '../actor.ts';
import { awaitRefusals } from '../refused-polls.ts';
import { scriptActor } from '../script-actor.ts';
import { candidateOf, type Stage } from '../stage.ts';

export async function openPollAndForce(stage: Stage): Promise<WatchingActor> {
  const candidate = candidateOf(stage);
  await candidate.command('PING');
  return scriptActor(async (signal) => {
    await awaitRefusals(stage.primary.address, signal);
    await candidate.command('CLUSTER', 'FAILOVER', 'FORCE');
    return {};
  });
}

/** Nobody but the cluster itself. */
export async function openNobody(): Promise<WatchingActor> {
  return scriptActor(async () => ({}));
}
