/**
 * MySQL renamed its replication statements twice: SLAVE became REPLICA in 8.0.22 (CHANGE MASTER in 8.0.23),
 * MASTER STATUS became BINARY LOG STATUS in 8.2; 8.4 took the old words away.
 * Source: MySQL 8.4 Reference Manual, "What Is New in MySQL 8.4".
 */
import type { Version } from '../../core/observation.ts';
import { since } from '../sql/version.ts';

export interface Words {
  readonly replica: 'REPLICA' | 'SLAVE';
  readonly source: 'SOURCE' | 'MASTER';
  readonly change: 'CHANGE REPLICATION SOURCE' | 'CHANGE MASTER';
  readonly logStatus: 'SHOW BINARY LOG STATUS' | 'SHOW MASTER STATUS';
  readonly replicas: 'SHOW REPLICAS' | 'SHOW SLAVE HOSTS';
}

export function wordsOf(version: Version): Words {
  const renamed = since(version, 8, 0, 23);
  return {
    replica: renamed ? 'REPLICA' : 'SLAVE',
    source: renamed ? 'SOURCE' : 'MASTER',
    change: renamed ? 'CHANGE REPLICATION SOURCE' : 'CHANGE MASTER',
    logStatus: since(version, 8, 2) ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS',
    replicas: renamed ? 'SHOW REPLICAS' : 'SHOW SLAVE HOSTS',
  };
}

/** Semi-synchronous replication: `source`/`replica` plugins since 8.0.26 beside the older `master`/`slave` ones. */
export type SemiSyncWords = readonly [source: string, replica: string, waitCount: string, waitAlone: string];

/**
 * By what the server has: 8.0.26 and newer load either family, and a version does not tell which. With neither loaded
 * the newer words, so that the server says what it lacks.
 */
export function semiSyncWords(variables: ReadonlySet<string> = new Set()): SemiSyncWords {
  const [, oldReplica] = oldSemiSync;
  const [newSource, newReplica] = newSemiSync;
  const has = (prefix: string): boolean => variables.has(`${prefix}_enabled`);
  const [source, , ...rest] = !has(newSource) && has(oldSemiSync[0]) ? oldSemiSync : newSemiSync;
  return [source, !has(newReplica) && has(oldReplica) ? oldReplica : newReplica, ...rest];
}

export const newSemiSync: SemiSyncWords = [
  'rpl_semi_sync_source',
  'rpl_semi_sync_replica',
  'rpl_semi_sync_source_wait_for_replica_count',
  'rpl_semi_sync_source_wait_no_replica',
];

export const oldSemiSync: SemiSyncWords = [
  'rpl_semi_sync_master',
  'rpl_semi_sync_slave',
  'rpl_semi_sync_master_wait_for_slave_count',
  'rpl_semi_sync_master_wait_no_slave',
];
