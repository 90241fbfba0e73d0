/** MHA's tests that make no sense here, and why. */
export interface LeftOut {
  readonly tests: Readonly<Record<number, string>>;
  readonly because: string;
}

export const leftOut: readonly LeftOut[] = [
  {
    tests: { 2: 'normal_crash_nocm', 16: 'needsync_1_nocm' },
    because:
      'options that stop half-way (--skip_change_master, --skip_disable_read_only): a plan is run to its end or taken back, and --dry-run shows it',
  },
  {
    tests: { 5: 'advisory_select', 6: 'advisory_connect' },
    because:
      'an advisory lock in the primary: here a lease in the store keeps a second controller out (test/store, the simulator)',
  },
  {
    tests: { 7: 'conf' },
    because:
      'incomplete configuration files: src/control/configuration; servers are discovered from any one of them',
  },
  {
    tests: {
      13: 'needsync_1_pass',
      14: 'needsync_1_nopass',
      18: 'needsync_2_pass',
      43: 'save_master_log_pass',
      80: 'online_slave_pass',
    },
    because: 'passwords through a shell: nothing here goes through one, and drivers take them as they are',
  },
  {
    tests: { 15: 'needsync_1_ssh', 19: 'needsync_2_ssh', 44: 'save_master_log_ssh' },
    because: 'time-outs of SSH: the controller speaks to agents by mutual TLS (test/hosts)',
  },
  {
    tests: { 20: 'needsync_2_nobinlog' },
    because: 'hosts that only keep copies of logs: there are none here',
  },
  {
    tests: { 32: 'keep_relay_log_purge' },
    because: 'relay_log_purge is neither needed nor touched: what survivors applied is in their own logs',
  },
  {
    tests: { 69: 'mm_normal_skip_reset' },
    because:
      'an option that leaves a stopped channel on the new primary: it would start by itself after a restart',
  },
  {
    tests: { 79: 'online_slave_fail' },
    because: 'no password of the replication account: the configuration demands one',
  },
  {
    tests: { 88: 'online_3tier_slave_keep' },
    because:
      'replicas that the configuration does not name stay behind: here they are discovered and taken along',
  },
];
