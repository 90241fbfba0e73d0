/** What each case is held against: the targets, and what Redis alone took, measured elsewhere. */
import { summarize } from '../statistics.ts';
import type { RedisCase, Side } from './options.ts';
import { type Seen, totalOf } from './seen.ts';

export type Series = Readonly<Partial<Record<Side, readonly Seen[]>>>;

export interface Target {
  /** In words, as the report shows it. */
  readonly text: string;
  /** Redis alone, on the same kind of machine. */
  readonly elsewhere: string;
  /** Whether Dauphin's runs are as they should be. Undefined when what it is compared with was not measured. */
  readonly isMet: (dauphin: readonly Seen[], beside: Series) => boolean | undefined;
}

/** `default` of Redis Cluster: no longer than so many times Redis's own, and so much more. */
const TIMES_OWN = 1.2;
const MORE_MS = 2;
/** Longer than a busy machine holds up a process, and far from the second that Redis alone takes. */
const OTHERS_MS = 100;

export function targetOf(name: RedisCase, variant: string): Target {
  switch (name) {
    case 'switchover':
      return {
        text: 'median at most 10 ms, nothing lost',
        elsewhere: 'FAILOVER 453 ms (59 to 977), bare commands 4.6 ms',
        isMet: (runs) => medianOf(runs, 'serverMs') <= 10 && noneLost(runs),
      };
    case 'kill':
      return {
        text: 'median at most 100 ms',
        elsewhere: 'three Sentinels 1.4 s at the server and 3.6 s through ioredis, a polling script 157 ms',
        isMet: (runs) => medianOf(runs, 'serverMs') <= 100,
      };
    case 'hang':
      return {
        text: 'at most 3 s each, no write acknowledged by the old one after it woke',
        elsewhere: 'three Sentinels 1.6 s, and 54,000 acknowledged writes lost',
        isMet: (runs) =>
          runs.every(
            ({ serverMs = Number.POSITIVE_INFINITY, afterWake }) => serverMs <= 3000 && afterWake === 0,
          ),
      };
    case 'cluster-switchover':
      return variant === 'default' ? defaultMode : lossyMode;
    case 'cluster-kill':
      return {
        text: 'median at most 150 ms by a vote of the other primaries, the other shards never stop',
        elsewhere: `the cluster alone ${aloneMs[variant] ?? '–'}, other shards up to 1 s; poll and FORCE 193 ms`,
        isMet: (runs) =>
          medianOf(runs, 'serverMs') <= 150 &&
          runs.every(
            ({ othersMs = Number.POSITIVE_INFINITY, wrong }) => othersMs <= OTHERS_MS && wrong.length === 0,
          ),
      };
    case 'rebalance':
      return {
        text: 'no failed command, time at most 1.2 times that of redis-cli --cluster rebalance',
        elsewhere: 'no figure',
        isMet: (runs, { peer = [] }) => {
          if (runs.some(({ clientErrors }) => totalOf(clientErrors) > 0) || !noneLost(runs)) return false;
          if (peer.length === 0) return undefined;
          return medianOf(runs, 'tookMs') <= TIMES_OWN * medianOf(peer, 'tookMs');
        },
      };
  }
}

const defaultMode: Target = {
  text: 'pause at most 1.2 times that of CLUSTER FAILOVER and 2 ms, at the server and through ioredis; nothing lost',
  elsewhere: 'CLUSTER FAILOVER 4 to 5 ms at the server, 40 to 50 ms through ioredis',
  isMet: (runs, { peer = [] }) => {
    if (!noneLost(runs)) return false;
    if (peer.length === 0) return undefined;
    const within = (key: 'serverMs' | 'clientMs'): boolean =>
      medianOf(runs, key) <= TIMES_OWN * medianOf(peer, key) + MORE_MS;
    return within('serverMs') && within('clientMs');
  },
};

/** Nothing is promised but that it is said. */
const lossyMode: Target = {
  text: 'losses are said beforehand and counted',
  elsewhere: 'FORCE 212 acknowledged writes lost, TAKEOVER 7, at 4,000 a second',
  isMet: (runs) => runs.every(({ lost, said }) => said !== undefined && (lost === 0 || said !== 'none')),
};

const aloneMs: Readonly<Record<string, string>> = { 1000: '2.2 s', 5000: '8.0 s', 15000: 'over 16 s' };

/** A run without the figure makes it infinite: it counts as longer than all others. */
function medianOf(runs: readonly Seen[], key: 'serverMs' | 'clientMs' | 'tookMs'): number {
  return summarize(runs.map((run) => run[key] ?? Number.POSITIVE_INFINITY)).median;
}

const noneLost = (runs: readonly Seen[]): boolean => runs.every(({ lost }) => lost === 0);
