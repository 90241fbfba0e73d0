/** What the servers of the hand-over benches have beside durability. */

/**
 * One applier alone falls behind 2,000 durable commits a second, so both engines apply in parallel, and commit in order.
 * A redo log as small as the tests' would have the servers write back pages all the time.
 */
export const durableArgs = {
  mariadb: [
    '--slave-parallel-threads=4',
    '--slave-parallel-mode=optimistic',
    '--innodb-log-file-size=64M',
    '--innodb-buffer-pool-size=128M',
  ],
  mysql: ['--replica-parallel-workers=4', '--innodb-redo-log-capacity=64M', '--innodb-buffer-pool-size=128M'],
} as const;
