/** The model servers' own dialect: the words of src/simulator/server-statements.ts. */
import type { Address } from '../../src/core/identity.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { ReplicationChannel, SqlEngineKind } from '../../src/core/observation.ts';
import { countedCommon, countedErrant, countedPositions } from '../../src/core/testing/counted-positions.ts';
import type { Dialect, ProbedServer } from '../../src/engines/sql/dialect.ts';
import { text } from '../../src/engines/sql/rows.ts';

const source = (address: Address): string => formatAddress(address);

const clone: NonNullable<Dialect['clone']> = {
  ready: 'CLONE_READY',
  makeReady: 'CLONE_READY',
  clone: (donor) => `CLONE ${formatAddress(donor)}`,
  outcome: 'CLONE_OUTCOME',
  noRestart: [3707],
};

/** MariaDB's freeze also holds back the commits of those whom read_only does not stop; MySQL's needs no lock. */
export function simulatedDialect(kind: SqlEngineKind): Dialect {
  const mariadb = kind === 'mariadb';
  const readOnly = mariadb ? 'READ_ONLY plain' : 'READ_ONLY super';
  return {
    kind,
    title: mariadb ? 'Model MariaDB' : 'Model MySQL',
    positions: countedPositions,
    privilegedMayWrite: mariadb,
    errant: countedErrant,
    common: (own, other) => countedCommon(own.executed, other.executed),
    restores: {
      flashback: mariadb,
      clone: mariadb ? false : 'server',
      empty: false,
      copyable: () => undefined,
    },
    ...(mariadb ? { adopt: (to) => `ADOPT ${to}` } : { clone }),
    dataBytes: '',
    probe: () => 'PROBE',
    readProbe: (sets) => JSON.parse(text(sets[0]?.[0], 'observation') ?? '') as ProbedServer,
    channels: () => 'CHANNELS',
    readChannels: (rows) => JSON.parse(text(rows[0], 'channels') ?? '[]') as readonly ReplicationChannel[],
    position: () => 'POSITION',
    awaitPosition: (wanted, seconds) => `AWAIT ${wanted === '' ? '-' : wanted} ${seconds}`,
    writingTransactions: 'WRITING',
    freeze: () => (mariadb ? `${readOnly}; HOLD_COMMITS; POSITION` : `${readOnly}; POSITION`),
    unlock: () => (mariadb ? 'LET_COMMITS' : ''),
    writable: 'WRITABLE',
    readOnly,
    warmUp: () => '',
    operationSessions: 'OPERATION_SESSIONS',
    dangerousSessions: () => 'DANGEROUS',
    promote: ({ semiSync }) =>
      semiSync ? `SEMI_SYNC ${semiSync.requiredAcks} ${semiSync.timeoutMs}; WRITABLE` : 'WRITABLE',
    pulse: 'PULSE',
    flush: 'FLUSH_LOG',
    stopReceiver: () => 'STOP_RECEIVER',
    startReceiver: () => 'START_RECEIVER',
    startApplier: () => 'START_APPLIER',
    stopApplier: () => 'STOP_APPLIER',
    unfinished: () => '',
    endedApplier: new Set(),
    startsAfresh: mariadb,
    replay: { begin: mariadb ? '' : 'READ_ONLY plain', end: mariadb ? '' : readOnly },
    stopReplication: () => 'STOP_REPLICATION',
    startReplication: () => 'START_REPLICATION',
    changeSource: (statement) => `CHANGE_SOURCE ${source(statement.source)}`,
    retireSource: () => 'RETIRE_SOURCE',
  };
}
