/** Reads SHOW REPLICA STATUS, and SHOW SLAVE STATUS of servers before 8.0.22. */
import type { ReplicationChannel } from '../../core/observation.ts';
import { filtersOf, replicationError, tlsOf } from '../sql/channel-fields.ts';
import { receiverError } from '../sql/receiver-error.ts';
import { filled, number, type Row, text, truth } from '../sql/rows.ts';
import { mysqlPositions } from './positions.ts';

const filterColumns = [
  'Replicate_Do_DB',
  'Replicate_Ignore_DB',
  'Replicate_Do_Table',
  'Replicate_Ignore_Table',
  'Replicate_Wild_Do_Table',
  'Replicate_Wild_Ignore_Table',
  'Replicate_Ignore_Server_Ids',
  'Replicate_Rewrite_DB',
];

function receiverState(row: Row): ReplicationChannel['receiver'] {
  const state = text(row, 'Replica_IO_Running', 'Slave_IO_Running');
  const sends = filled(row, 'Source_Log_File', 'Master_Log_File') !== undefined;
  // Until the source has begun to send it may still say no (error 1236).
  if (state === 'Yes') return sends ? 'running' : 'connecting';
  return state === 'Connecting' ? 'connecting' : 'stopped';
}

function readChannel(row: Row): ReplicationChannel {
  const receiverProblem = receiverError(row);
  const applierError = replicationError(row, 'SQL');
  const received = mysqlPositions.parse(text(row, 'Retrieved_Gtid_Set') ?? '');
  const user = filled(row, 'Source_User', 'Master_User');
  const sourceUuid = filled(row, 'Source_UUID', 'Master_UUID');
  const sourceNumber = number(row, 'Source_Server_Id', 'Master_Server_Id');
  const connectRetrySeconds = number(row, 'Connect_Retry');
  const heartbeatSeconds = number(row, 'heartbeat');
  return {
    name: text(row, 'Channel_Name') ?? '',
    source: {
      host: text(row, 'Source_Host', 'Master_Host') ?? '',
      port: number(row, 'Source_Port', 'Master_Port') ?? 3306,
    },
    ...(sourceUuid === undefined ? {} : { sourceUuid }),
    ...(sourceNumber ? { sourceNumber } : {}),
    receiver: receiverState(row),
    applier: truth(row, 'Replica_SQL_Running', 'Slave_SQL_Running') ? 'running' : 'stopped',
    ...(receiverProblem ? { receiverError: receiverProblem } : {}),
    ...(applierError ? { applierError } : {}),
    lagSeconds: number(row, 'Seconds_Behind_Source', 'Seconds_Behind_Master') ?? null,
    delaySeconds: number(row, 'SQL_Delay') ?? 0,
    usesGtid: truth(row, 'Auto_Position'),
    ...(received === undefined ? {} : { received }),
    ...(user === undefined ? {} : { user }),
    tls: tlsOf(row, text(row, 'Source_Host') === undefined ? 'Master' : 'Source'),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
    ...(connectRetrySeconds === undefined ? {} : { connectRetrySeconds }),
    filters: filtersOf(row, filterColumns),
  };
}

/** Group Replication's own channels are not sources to follow. */
export function readMysqlChannels(rows: readonly Row[]): readonly ReplicationChannel[] {
  return rows
    .filter((row) => filled(row, 'Source_Host', 'Master_Host') !== undefined)
    .filter((row) => !(text(row, 'Channel_Name') ?? '').startsWith('group_replication_'))
    .map(readChannel);
}
