/** What may be asked of the benches, and how a wrong question is answered. */
import type { SqlEngineKind } from '../src/core/observation.ts';

export const usageText = `usage: npm run bench -- <name> [options]

  switchover   how long writers wait while the primary is handed over
    --runs N             switchovers; then as many by bare statements, in each of two orders (default 20)
    --rate R             inserts a second, on four connections (default 500)
    --engine ENGINE      mariadb or mysql (default mariadb)

  failover     how long nobody can write when the primary dies, and what is lost
    --case CASE          kill, tail, hang, lag, host, host-async, uneven or quiet (default: all, one after the other)
    --runs N             failovers in each case, each on a cluster of its own (default 10)
    --rate R             inserts a second, on four connections (default 500)
    --engine ENGINE      mariadb or mysql (default mariadb)
    --seconds N          how long the case quiet plays faults on real servers (default 180)

  idle         what watching servers costs the controller and the servers
    --servers N,N        numbers of servers, in clusters of four (default 4,40)
    --seconds N          how long each is measured (default 30)

  redis        how long nobody can write to Redis while its primary changes, beside Redis alone in the same run
    --case CASE          switchover, kill, hang, cluster-switchover, cluster-kill or rebalance (default: all)
    --variant NAME       of a case: default, force, takeover; 1000, 5000, 15000 (node timeout) (default: all)
    --side SIDE          dauphin, peer or floor alone (default: all, in turn)
    --runs N             of each variant and side, on servers of its own (default 10)
    --rate R             SETs a second, half by a probe, half by ioredis (default 2000)
    --keys N             of the case rebalance (default 1000000)

  --json     one JSON object as the last line of standard output (failover and redis: one a case); all else goes to standard error
  --help     this
`;

/** The user's mistake: says what is wrong, and what would be right. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export interface Limits {
  readonly min: number;
  readonly max: number;
}

export function wholeNumber(option: string, text: string, { min, max }: Limits): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`${option} ${text}: a whole number from ${min} to ${max} is wanted`);
}

export function engineKind(option: string, text: string): SqlEngineKind {
  if (text === 'mariadb' || text === 'mysql') return text;
  throw new UsageError(`${option} ${text}: mariadb or mysql is wanted`);
}
