/** The floor's statements, in each engine's words: those that a person would type who knows that all is well. */
import type { Address } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { repl } from '../../test/kit/accounts.ts';
import { quote } from '../../test/kit/sql.ts';

export interface BareStatements {
  /** Column `position`: all that was written here. */
  readonly position: string;
  /** Refuses writes; then as `position`. */
  readonly freeze: string;
  /** Column `late`: 0 when the position has been applied. */
  awaitPosition(position: string, seconds: number): string;
  readonly writable: string;
  /** Stops replicating and forgets the source. */
  readonly retire: string;
  /** Stops replicating; column `position`: all that was applied. */
  readonly stopReplicating: string;
  /** Of a replica, stopped. */
  followAnother(source: Address): string;
  /** Of the server that was the primary. */
  followAsOldPrimary(source: Address): string;
}

const mariadb: BareStatements = {
  position: 'SELECT @@GLOBAL.gtid_binlog_pos AS position',
  freeze: 'SET GLOBAL read_only = 1; SELECT @@GLOBAL.gtid_binlog_pos AS position',
  awaitPosition: (position, seconds) => `SELECT MASTER_GTID_WAIT(${quote(position)}, ${seconds}) AS late`,
  writable: 'SET GLOBAL read_only = 0',
  retire: 'STOP SLAVE; RESET SLAVE ALL',
  stopReplicating: 'STOP SLAVE; SELECT @@GLOBAL.gtid_slave_pos AS position',
  followAnother: ({ host, port }) =>
    `CHANGE MASTER TO MASTER_HOST = ${quote(host)}, MASTER_PORT = ${port}, MASTER_USE_GTID = slave_pos; START SLAVE`,
  followAsOldPrimary: ({ host, port }) =>
    // What it wrote itself is in its log alone; without this it would ask for all of that again.
    'SET GLOBAL gtid_slave_pos = @@GLOBAL.gtid_current_pos; ' +
    `CHANGE MASTER TO MASTER_HOST = ${quote(host)}, MASTER_PORT = ${port}, MASTER_USER = ${quote(repl.user)}, ` +
    `MASTER_PASSWORD = ${quote(repl.password)}, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1, ` +
    'MASTER_USE_GTID = slave_pos; START SLAVE',
};

const mysql: BareStatements = {
  position: 'SELECT @@GLOBAL.gtid_executed AS position',
  freeze: 'SET GLOBAL super_read_only = 1; SELECT @@GLOBAL.gtid_executed AS position',
  awaitPosition: (position, seconds) =>
    `SELECT WAIT_FOR_EXECUTED_GTID_SET(${quote(position)}, ${seconds}) AS late`,
  // Takes super_read_only away as well.
  writable: 'SET GLOBAL read_only = 0',
  retire: 'STOP REPLICA; RESET REPLICA ALL',
  stopReplicating: 'STOP REPLICA; SELECT @@GLOBAL.gtid_executed AS position',
  followAnother: ({ host, port }) =>
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${quote(host)}, SOURCE_PORT = ${port}, SOURCE_AUTO_POSITION = 1; ` +
    'START REPLICA',
  followAsOldPrimary: ({ host, port }) =>
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${quote(host)}, SOURCE_PORT = ${port}, ` +
    `SOURCE_USER = ${quote(repl.user)}, SOURCE_PASSWORD = ${quote(repl.password)}, GET_SOURCE_PUBLIC_KEY = 1, ` +
    'SOURCE_CONNECT_RETRY = 1, SOURCE_HEARTBEAT_PERIOD = 1, SOURCE_AUTO_POSITION = 1; START REPLICA',
};

export function bareStatements(engine: SqlEngineKind): BareStatements {
  switch (engine) {
    case 'mariadb':
      return mariadb;
    case 'mysql':
      return mysql;
  }
}
