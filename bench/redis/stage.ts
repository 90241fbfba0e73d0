/** The servers of one run, and who writes to them. */
import type { RedisServer } from '../../test/kit/redis/redis-server.ts';
import type { ClientStream, ProbeLane } from './load/load-protocol.ts';

export interface Stage extends AsyncDisposable {
  /** Of all processes of the run. */
  readonly folder: string;
  readonly servers: readonly RedisServer[];
  /** The primary that is handed over or dies. */
  readonly primary: RedisServer;
  /** Those that follow it; the first is the candidate. */
  readonly replicas: readonly RedisServer[];
  /** Whose pause is measured. */
  readonly shard: string;
  /** The primaries of the other shards, by the shards' names. */
  readonly others: ReadonlyMap<string, RedisServer>;
  readonly lanes: readonly ProbeLane[];
  readonly streams: readonly ClientStream[];
}

export function candidateOf({ replicas }: Pick<Stage, 'replicas'>): RedisServer {
  const [first] = replicas;
  if (first === undefined) throw new RangeError('a primary without a replica');
  return first;
}
