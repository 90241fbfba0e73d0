/** In which mode the servers of a cluster elect one in place of a dead primary. */
import type { Judgement } from '../detection/testimony.ts';
import { type HandOverAmong, judgeMode } from '../switchover/hand-over-among.ts';
import type { Situation } from '../switchover/situation.ts';
import type { RequestedSwitchover } from '../switchover-request.ts';
import type { Node } from '../topology.ts';

/** Undefined on engines of another kind. Without a majority nobody is elected: then only where the policy, or a person, says so. */
export function electionFor(
  { shards, policy }: Situation,
  parties: { readonly primary: Node; readonly candidate: Node },
  { mode }: RequestedSwitchover,
  { testimonies }: Judgement,
): HandOverAmong | undefined {
  if (!shards) return undefined;
  // Where its port refuses, its process is gone; one that is only silent may go on.
  const primaryIs = testimonies.some(({ says }) => says === 'gone') ? 'down' : 'unsure';
  const forced = judgeMode(shards, parties, mode ?? 'force', primaryIs);
  if (forced.ok || mode !== undefined || !policy.failover.takeover) return forced;
  const onlyMajority = forced.refusals.every(({ code }) => code === 'no-majority');
  return onlyMajority ? judgeMode(shards, parties, 'takeover', primaryIs) : forced;
}
