/** What real servers answered, after one hand-over from 127.0.0.11 to 127.0.0.12; of INFO server only what is read. For tests. */

export interface SampleInfos {
  readonly server: string;
  readonly replication: string;
}

interface Sample {
  readonly version: string;
  readonly primary: SampleInfos;
  readonly replica: SampleInfos;
}

export const sampleInfos: readonly Sample[] = [
  {
    version: 'redis 7.0',
    primary: {
      server: `redis_version:7.0.15
redis_mode:standalone
gcc_version:12.2.0
run_id:7ba5db6ac53d26e0951459914aa337838c74df46
uptime_in_seconds:1
`,
      replication: `# Replication
role:master
connected_slaves:1
slave0:ip=127.0.0.11,port=19748,state=online,offset=141,lag=0
master_failover_state:no-failover
master_replid:b6f04e83e1b4ba6479ffb7ed7e22f6ca49e2c42f
master_replid2:f7ce30d75ed4eef6ed447de63b70d3388d93cb21
master_repl_offset:141
second_repl_offset:92
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:141
`,
    },
    replica: {
      server: `redis_version:7.0.15
redis_mode:standalone
gcc_version:12.2.0
run_id:9eb5c03aa1f8a4f1eb05ab6d6d74a85edcee2551
uptime_in_seconds:1
`,
      replication: `# Replication
role:slave
master_host:127.0.0.12
master_port:21473
master_link_status:up
master_last_io_seconds_ago:1
master_sync_in_progress:0
slave_read_repl_offset:141
slave_repl_offset:141
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
master_failover_state:no-failover
master_replid:b6f04e83e1b4ba6479ffb7ed7e22f6ca49e2c42f
master_replid2:f7ce30d75ed4eef6ed447de63b70d3388d93cb21
master_repl_offset:141
second_repl_offset:92
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:141
`,
    },
  },
  {
    version: 'redis 8.0',
    primary: {
      server: `redis_version:8.0.2
redis_mode:standalone
gcc_version:14.2.0
run_id:d87393cd0a1d4eb05e12872d7e8c0913b59c07a9
uptime_in_seconds:2
`,
      replication: `# Replication
role:master
connected_slaves:1
slave0:ip=127.0.0.11,port=16698,state=online,offset=141,lag=1
master_failover_state:no-failover
master_replid:01765de06d8b07cb6c185647da803eefcd676c1e
master_replid2:d68f3f1f8788ca44f102ba26cb99e6763f9f2c10
master_repl_offset:141
second_repl_offset:92
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:141
`,
    },
    replica: {
      server: `redis_version:8.0.2
redis_mode:standalone
gcc_version:14.2.0
run_id:037be16077dc2376c35d6b5eff6860a30e6e418b
uptime_in_seconds:2
`,
      replication: `# Replication
role:slave
master_host:127.0.0.12
master_port:26642
master_link_status:up
master_last_io_seconds_ago:2
master_sync_in_progress:0
slave_read_repl_offset:141
slave_repl_offset:141
replica_full_sync_buffer_size:0
replica_full_sync_buffer_peak:0
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
master_failover_state:no-failover
master_replid:01765de06d8b07cb6c185647da803eefcd676c1e
master_replid2:d68f3f1f8788ca44f102ba26cb99e6763f9f2c10
master_repl_offset:141
second_repl_offset:92
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:141
`,
    },
  },
  {
    version: 'valkey 9.1',
    primary: {
      server: `redis_version:7.2.4
server_name:valkey
valkey_version:9.1.2
server_mode:standalone
gcc_version:16.2.0
run_id:0cea5b597be9e7b88fb3602c0168402a61afa9a3
uptime_in_seconds:3
`,
      replication: `# Replication
role:master
connected_slaves:1
slave0:ip=127.0.0.11,port=30717,state=online,offset=155,lag=1,type=replica
replicas_waiting_psync:0
master_failover_state:no-failover
master_replid:3a5f42fada07fd5d2db7b3cf827dfcadf8eceb80
master_replid2:d69492f1fecbef6bb5e7f7efe27ec3fadd10db43
master_repl_offset:155
second_repl_offset:106
repl_backlog_active:1
repl_backlog_size:10485760
repl_backlog_first_byte_offset:1
repl_backlog_histlen:155
`,
    },
    replica: {
      server: `redis_version:7.2.4
server_name:valkey
valkey_version:9.1.2
server_mode:standalone
gcc_version:16.2.0
run_id:0f45273e05518b83138497c1efb3b7985c736f2a
uptime_in_seconds:3
`,
      replication: `# Replication
role:slave
master_host:127.0.0.12
master_port:23089
master_link_status:up
master_last_io_seconds_ago:2
master_sync_in_progress:0
slave_read_repl_offset:155
slave_repl_offset:155
replicas_repl_buffer_size:0
replicas_repl_buffer_peak:0
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
replicas_waiting_psync:0
master_failover_state:no-failover
master_replid:3a5f42fada07fd5d2db7b3cf827dfcadf8eceb80
master_replid2:d69492f1fecbef6bb5e7f7efe27ec3fadd10db43
master_repl_offset:155
second_repl_offset:106
repl_backlog_active:1
repl_backlog_size:10485760
repl_backlog_first_byte_offset:1
repl_backlog_histlen:155
`,
    },
  },
];
