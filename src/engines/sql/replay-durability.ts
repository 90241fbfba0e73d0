/**
 * How durable a server's commits are, put down while a log is replayed on it. What it was before is kept in the
 * lowered setting itself: a controller that dies in between leaves behind all that its successor needs to put it
 * back. Pure.
 */

export interface Durability {
  /** sync_binlog: the log is written to the disk after so many commits; 0: when the system likes. */
  readonly log: number;
  /** innodb_flush_log_at_trx_commit: 0 to 3. */
  readonly engine: number;
}

/** sync_binlog takes up to 2³² − 1. Nobody asks for four thousand million commits between two writes. */
const lowered = 4_000_000_000;
const engineLevels = 4;
const greatestLog = Math.floor((2 ** 32 - 1 - lowered) / engineLevels) - 1;

/** sync_binlog for the time of the replay, from which `durabilityBefore` tells what was. */
const loweredFrom = ({ log, engine }: Durability): number =>
  lowered + Math.min(log, greatestLog) * engineLevels + engine;

/** From what the server says now, be it lowered or not. */
export function durabilityBefore(now: Durability): Durability {
  const hidden = now.log - lowered;
  return hidden < 0 ? now : { log: Math.floor(hidden / engineLevels), engine: hidden % engineLevels };
}

const setLog = (log: number): string => `SET GLOBAL sync_binlog = ${log}`;
const setEngine = (engine: number): string => `SET GLOBAL innodb_flush_log_at_trx_commit = ${engine}`;

/** First the setting that tells of what was. */
export const lower = (before: Durability): string => `${setLog(loweredFrom(before))}; ${setEngine(2)}`;

/** Last the setting that tells of what was. Empty when all is as it was. */
export const restore = (before: Durability, now: Durability): string =>
  [
    ...(now.engine === before.engine ? [] : [setEngine(before.engine)]),
    ...(now.log === before.log ? [] : [setLog(before.log)]),
  ].join('; ');
