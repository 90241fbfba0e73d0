import { describe, expect, it } from 'vitest';
import { parseVersion } from '../sql/version.ts';
import { mysqlDialect } from './dialect.ts';
import { newSemiSync, oldSemiSync, semiSyncWords, wordsOf } from './words.ts';

describe('the words of a version', () => {
  it.each([
    ['5.7.44', 'SLAVE', 'CHANGE MASTER', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
    ['8.0.22', 'SLAVE', 'CHANGE MASTER', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
    ['8.0.23', 'REPLICA', 'CHANGE REPLICATION SOURCE', 'SHOW MASTER STATUS', 'SHOW REPLICAS'],
    ['8.1.0', 'REPLICA', 'CHANGE REPLICATION SOURCE', 'SHOW MASTER STATUS', 'SHOW REPLICAS'],
    ['8.4.3', 'REPLICA', 'CHANGE REPLICATION SOURCE', 'SHOW BINARY LOG STATUS', 'SHOW REPLICAS'],
    ['9.7.4', 'REPLICA', 'CHANGE REPLICATION SOURCE', 'SHOW BINARY LOG STATUS', 'SHOW REPLICAS'],
  ])('%s', (text, ...words) => {
    const { replica, change, logStatus, replicas } = wordsOf(parseVersion(text));
    expect([replica, change, logStatus, replicas]).toEqual(words);
  });

  it('of semi-synchronous replication are those of the plugins that are loaded, whatever the version', () => {
    const old = new Set(['rpl_semi_sync_master_enabled', 'rpl_semi_sync_slave_enabled']);
    expect(semiSyncWords(old)).toEqual(oldSemiSync);
    expect(semiSyncWords(new Set(['rpl_semi_sync_source_enabled']))).toEqual(newSemiSync);
    expect(semiSyncWords(new Set())).toEqual(newSemiSync);
    const mixed = new Set(['rpl_semi_sync_source_enabled', 'rpl_semi_sync_slave_enabled']);
    expect(semiSyncWords(mixed).slice(0, 2)).toEqual(['rpl_semi_sync_source', 'rpl_semi_sync_slave']);
    const semiSync = { requiredAcks: 2, timeoutMs: 5000 };
    const promote = (variables: ReadonlySet<string>) =>
      mysqlDialect.promote({ semiSync }, parseVersion('8.4.3'), variables);
    expect(promote(old)).toContain('SET GLOBAL rpl_semi_sync_master_wait_for_slave_count = 2');
    expect(promote(old)).not.toMatch(/sync_source|sync_replica/);
    expect(promote(new Set(['rpl_semi_sync_source_enabled']))).not.toContain('replica_enabled');
  });

  it('are used throughout: none of the new ones reach an old server', () => {
    const old = parseVersion('5.7.44');
    const follow = {
      source: { host: 'db1', port: 3306 },
      settings: { wasPrimary: true, heartbeatSeconds: 2.5, connectRetrySeconds: 7, semiSync: true },
      account: { user: 'repl', password: 'secret' },
    };
    const oldPlugins = new Set(['rpl_semi_sync_master_enabled', 'rpl_semi_sync_slave_enabled']);
    const statements = [
      mysqlDialect.probe(old, 10),
      mysqlDialect.channels(old),
      mysqlDialect.stopReplication(old, undefined),
      mysqlDialect.startReplication(old, undefined),
      mysqlDialect.retireSource(old, undefined),
      mysqlDialect.changeSource({ ...follow, variables: oldPlugins }, old),
    ];
    for (const statement of statements) {
      // The plugins' variables are asked for under both families of names, as values.
      expect(statement.replaceAll(/'rpl_semi_sync_\w+'/g, '')).not.toMatch(
        /REPLICA\b|SOURCE_|REPLICATION SOURCE|BINARY LOG/,
      );
    }
    expect(mysqlDialect.changeSource(follow, old)).toContain(
      'MASTER_HEARTBEAT_PERIOD = 2.5, MASTER_CONNECT_RETRY = 7, MASTER_AUTO_POSITION = 1',
    );
  });

  it('ask for the key of a source without TLS, where a version has that', () => {
    const follow = (text: string, enabled: boolean): string =>
      mysqlDialect.changeSource(
        {
          source: { host: 'db1', port: 3306 },
          settings: { wasPrimary: true, tls: { enabled, verifyServer: false } },
          account: { user: 'repl', password: 'secret' },
        },
        parseVersion(text),
      );
    expect(follow('9.7.4', false)).toContain('GET_SOURCE_PUBLIC_KEY = 1');
    expect(follow('8.0.20', false)).toContain('GET_MASTER_PUBLIC_KEY = 1');
    expect(follow('5.7.44', false)).not.toContain('PUBLIC_KEY');
    expect(follow('9.7.4', true)).not.toContain('PUBLIC_KEY');
  });
});
