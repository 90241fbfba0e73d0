import { describe, expect, test } from 'vitest';
import { clusterLookCommands, readClusterLook } from './cluster-look.ts';

const [db1, db2, db4] = ['1', '2', '4'].map((digit) => digit.repeat(40));

const nodes = `${db4} 127.0.0.4:7004@17004 myself,slave ${db1} 0 1700000000000 4 connected
${db1} 127.0.0.1:7001@17001 master - 0 1700000000000 4 connected 0-8191
${db2} 127.0.0.2:7002@17002 master - 0 1700000000000 2 connected 8192-16383
${'9'.repeat(40)} 127.0.0.9:7009@17009 handshake - 0 0 0 disconnected
`;

const info = (stood: string): string =>
  `cluster_state:ok\r\ncluster_current_epoch:4\r\n${stood}cluster_stats_messages_sent:12\r\n`;

const server = 'redis_version:7.0.15\r\nrun_id:abc\r\nuptime_in_seconds:60\r\n';
const replication =
  'role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:7001\r\nmaster_link_status:up\r\nslave_repl_offset:79\r\nslave_read_only:1\r\nmaster_replid:aa\r\nmaster_repl_offset:79\r\n';

/** As a real 7.0 answers, as far as it is read. */
function look(stood = '') {
  const answers = clusterLookCommands.map(([verb, what, name]) => {
    const words = [verb, what, name].filter((word) => word !== undefined).join(' ');
    if (words === 'CLUSTER NODES') return nodes;
    if (words === 'CLUSTER INFO') return info(stood);
    if (words === 'INFO server') return server;
    if (words === 'INFO replication') return replication;
    if (words === 'CONFIG GET cluster-node-timeout') return ['cluster-node-timeout', '5000'];
    if (words === 'CONFIG GET cluster-allow-replica-migration') return [name ?? '', 'yes'];
    if (words === 'ROLE') return ['slave', '127.0.0.1', 7001, 'connected', 79];
    return verb === 'CONFIG' ? [] : '';
  });
  return readClusterLook(answers, { host: '127.0.0.4', port: 7004 }, 1_700_000_000_000);
}

describe('a look at a node of a cluster', () => {
  test('knows it by its node id, and hears of its fellows but of no stranger', () => {
    const { seen } = look();
    expect(seen).toMatchObject({ engine: 'redis-cluster', server: db4, writeMode: 'read-only' });
    expect(seen.downstream).toEqual([
      { host: '127.0.0.1', port: 7001 },
      { host: '127.0.0.2', port: 7002 },
    ]);
  });

  test('tells what it says of the cluster', () => {
    const { sight } = look();
    expect(sight).toMatchObject({
      nodeTimeoutMs: 5000,
      migrates: true,
      replication: 'up',
      stood: 0,
      server: { flavour: 'redis', version: { major: 7, minor: 0 } },
      view: { by: db4, currentEpoch: 4, state: 'ok' },
    });
  });

  test('tells how often it has asked for votes', () => {
    expect(look('cluster_stats_messages_auth-req_sent:5\r\n').sight.stood).toBe(5);
  });
});
