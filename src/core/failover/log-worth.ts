/**
 * Whether a dead primary's log, as it lies on its disk, holds every write that was acknowledged. Without a sync at each
 * commit the newest part of a log is in the host's memory alone: it outlives the server's process, and not the host.
 * Source: MySQL and MariaDB manuals, sync_binlog and innodb_flush_log_at_trx_commit.
 */
import type { LossLimits } from '../plan.ts';

/**
 * `durable`: each commit was on the disk before it was acknowledged. `same-boot`: the host has been up since the
 * primary was last seen. `unknown`: neither can be told.
 */
export type LogWorth = 'durable' | 'same-boot' | 'rebooted' | 'unknown';

/** `bootedAt`: when the dead primary's host started, epoch milliseconds by the controller's clock; or later than that. */
export function worthOfLog(
  { commits, lastSeenAt }: Pick<LossLimits, 'commits' | 'lastSeenAt'>,
  bootedAt: number | undefined,
): LogWorth {
  if (commits?.durable) return 'durable';
  if (bootedAt === undefined || lastSeenAt === undefined) return 'unknown';
  return bootedAt <= lastSeenAt ? 'same-boot' : 'rebooted';
}
