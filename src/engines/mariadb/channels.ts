/** Reads SHOW ALL SLAVES STATUS (MariaDB 10.0 and newer). */
import type { ReplicationChannel } from '../../core/observation.ts';
import { filtersOf, replicationError, tlsOf } from '../sql/channel-fields.ts';
import { receiverError } from '../sql/receiver-error.ts';
import { filled, number, type Row, text, truth } from '../sql/rows.ts';
import { mariadbPositions } from './gtid-position.ts';

const filterColumns = [
  'Replicate_Do_DB',
  'Replicate_Ignore_DB',
  'Replicate_Do_Table',
  'Replicate_Ignore_Table',
  'Replicate_Wild_Do_Table',
  'Replicate_Wild_Ignore_Table',
  'Replicate_Ignore_Server_Ids',
  'Replicate_Do_Domain_Ids',
  'Replicate_Ignore_Domain_Ids',
  'Replicate_Rewrite_DB',
];

function receiverState(row: Row): ReplicationChannel['receiver'] {
  const state = text(row, 'Slave_IO_Running');
  // Until the source has begun to send it may still say no (error 1236); before that its log's name is not known.
  if (state === 'Yes') return filled(row, 'Master_Log_File') === undefined ? 'connecting' : 'running';
  // `Preparing` and `Connecting` are both on their way.
  return state === 'No' ? 'stopped' : 'connecting';
}

function readChannel(row: Row): ReplicationChannel {
  const receiverProblem = receiverError(row);
  const applierError = replicationError(row, 'SQL');
  const usesGtid = /^(slave|current)_pos$/i.test(text(row, 'Using_Gtid') ?? '');
  // Without GTID it stays what it was when the channel last went by them (seen on 10.11.19).
  const received = usesGtid ? mariadbPositions.parse(text(row, 'Gtid_IO_Pos') ?? '') : undefined;
  const user = filled(row, 'Master_User');
  const heartbeatSeconds = number(row, 'Slave_heartbeat_period');
  const connectRetrySeconds = number(row, 'Connect_Retry');
  const sourceNumber = number(row, 'Master_Server_Id');
  const applies = truth(row, 'Slave_SQL_Running');
  return {
    name: text(row, 'Connection_name') ?? '',
    source: { host: text(row, 'Master_Host') ?? '', port: number(row, 'Master_Port') ?? 3306 },
    ...(sourceNumber ? { sourceNumber } : {}),
    receiver: receiverState(row),
    applier: applies ? 'running' : 'stopped',
    ...(receiverProblem ? { receiverError: receiverProblem } : {}),
    ...(applierError ? { applierError } : {}),
    lagSeconds: number(row, 'Seconds_Behind_Master') ?? null,
    delaySeconds: number(row, 'SQL_Delay') ?? 0,
    usesGtid,
    ...(usesGtid && !applies ? { startsAfresh: true } : {}),
    ...(received === undefined ? {} : { received }),
    ...(user === undefined ? {} : { user }),
    tls: tlsOf(row, 'Master'),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
    ...(connectRetrySeconds === undefined ? {} : { connectRetrySeconds }),
    filters: filtersOf(row, filterColumns),
  };
}

/** Channels without a host are left-overs of RESET SLAVE and follow nobody. */
export function readMariadbChannels(rows: readonly Row[]): readonly ReplicationChannel[] {
  return rows.filter((row) => filled(row, 'Master_Host') !== undefined).map(readChannel);
}
