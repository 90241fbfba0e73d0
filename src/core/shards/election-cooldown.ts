/**
 * How long after an election the next one cannot be relied on. Redis keeps the votes and the epoch of a node's election and
 * takes them for those of its next one (redis.md §0.2 and §1.6; mended in Valkey 8.1).
 */
import type { Version } from '../observation.ts';
import type { NodeId } from './cluster-view.ts';

export interface ServerKind {
  readonly flavour: 'redis' | 'valkey';
  readonly version: Version;
}

/** That a node stood for election, be it won or not, by a manual failover or by itself. A takeover is none. */
export interface Election {
  readonly node: NodeId;
  /** The primary in whose place it stood; absent where nobody saw that. */
  readonly against?: NodeId;
  /**
   * Not earlier than it was; epoch milliseconds. Where nobody watched, the time of the first look at the node that told
   * of it: see `notice-election.ts`. No server remembers it over a restart.
   */
  readonly at: number;
}

interface Since {
  readonly nodeTimeoutMs: number;
  readonly now: number;
  readonly server: ServerKind;
}

/**
 * Milliseconds until a node may be asked to stand again, after `lastElectionAt`. Sooner it counts old votes: it calls itself
 * primary with an old epoch, loses what it then acknowledges, and its primary's writes are blocked for 5 s.
 */
export function cooldownLeftMs(asked: Since & { readonly lastElectionAt: number | undefined }): number {
  const { lastElectionAt, nodeTimeoutMs, now, server } = asked;
  if (lastElectionAt === undefined || isMended(server)) return 0;
  // `auth_age > auth_retry_time`, and that is 2 × max(2 × node timeout, 2 s): clusterHandleSlaveFailover().
  return Math.max(0, lastElectionAt + Math.max(4_000, 4 * nodeTimeoutMs) + 1 - now);
}

/**
 * Milliseconds until the primaries vote again about a primary after `lastVoteAt`, whichever of its replicas stands: vote
 * condition 6 of redis.md §1.4, which in Redis holds for manual failovers too (valkey#1305).
 */
export function voteHoldLeftMs(asked: Since & { readonly lastVoteAt: number | undefined }): number {
  const { lastVoteAt, nodeTimeoutMs, now, server } = asked;
  if (lastVoteAt === undefined || isMended(server)) return 0;
  return Math.max(0, lastVoteAt + 2 * nodeTimeoutMs - now);
}

function isMended({ flavour, version }: ServerKind): boolean {
  return flavour === 'valkey' && (version.major > 8 || (version.major === 8 && version.minor >= 1));
}

/** Both together: how long until `node` may stand in the place of `against`. */
export function electionWaitMs(
  elections: readonly Election[],
  next: Since & { readonly node: NodeId; readonly against: NodeId },
): number {
  const latest = (some: readonly Election[]): number | undefined =>
    some.length === 0 ? undefined : Math.max(...some.map((election) => election.at));
  return Math.max(
    cooldownLeftMs({ ...next, lastElectionAt: latest(elections.filter((it) => it.node === next.node)) }),
    voteHoldLeftMs({ ...next, lastVoteAt: latest(elections.filter((it) => it.against === next.against)) }),
  );
}
