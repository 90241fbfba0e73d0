/**
 * MySQL's clone plugin.
 * Source: https://dev.mysql.com/doc/refman/9.5/en/clone-plugin-remote.html
 */
import { formatAddress } from '../../core/identity.ts';
import type { Version } from '../../core/observation.ts';
import type { CloneDialect } from '../sql/dialect.ts';
import { quote } from '../sql/rows.ts';
import { sameSeries } from '../sql/same-series.ts';
import { since } from '../sql/version.ts';

/** ER_RESTART_SERVER_FAILED: nobody supervises it, so it goes down at the end of the copy. */
const notSupervised = 3707;

export const mysqlClone: CloneDialect = {
  ready: "SELECT PLUGIN_STATUS AS status FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone'",
  // A plugin is noted in a table, which super_read_only forbids and read_only does not.
  makeReady: [
    'SET @dauphin_strict = @@GLOBAL.super_read_only, @dauphin_plain = @@GLOBAL.read_only',
    'SET GLOBAL super_read_only = 0',
    "INSTALL PLUGIN clone SONAME 'mysql_clone.so'",
    'SET GLOBAL super_read_only = @dauphin_strict',
    'SET GLOBAL read_only = @dauphin_plain',
  ].join('; '),
  clone: (donor, { user, password, tls }) =>
    [
      // Only privileged clients could still write, and not for long: their tables go.
      'SET GLOBAL super_read_only = 0; SET GLOBAL read_only = 1',
      `SET GLOBAL clone_valid_donor_list = ${quote(formatAddress(donor))}`,
      `CLONE INSTANCE FROM ${quote(user)}@${quote(donor.host)}:${donor.port} IDENTIFIED BY ${quote(password)}` +
        (tls ? ' REQUIRE SSL' : ''),
    ].join('; '),
  outcome: 'SELECT STATE AS state FROM performance_schema.clone_status',
  noRestart: [notSupervised],
};

/**
 * The very same release up to 8.0.36.
 * Source: https://dev.mysql.com/doc/refman/8.0/en/clone-plugin-remote.html
 */
export function mysqlCopies(own: Version, theirs: Version): boolean {
  const exact = !since(own, 8, 0, 37) || !since(theirs, 8, 0, 37);
  return sameSeries(own, theirs) && (!exact || own.patch === theirs.patch);
}
