/** What a request has to say where a cluster has several primaries, and must not where it has one. */
import type { Refusal, RequestedSwitchover } from '../switchover-request.ts';
import type { EngineTraits } from './plan-switchover.ts';

export function modeRefusal(
  { handsOver, title }: EngineTraits,
  { to, mode }: RequestedSwitchover,
): Refusal | undefined {
  if (handsOver && to === undefined) {
    const fact = 'the cluster has several primaries';
    return { code: 'shard-not-named', fact, needs: 'a replica of the one that is meant (--to)' };
  }
  if (!handsOver && mode !== undefined) {
    const fact = `${title} has no modes of a hand-over`;
    return { code: 'mode-unknown', fact, needs: 'no --mode; that is for Redis Cluster' };
  }
  return undefined;
}
