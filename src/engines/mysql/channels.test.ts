import { describe, expect, it } from 'vitest';
import type { Row } from '../sql/rows.ts';
import { readMysqlChannels } from './channels.ts';

const row = (fields: Row = {}): Row => ({
  Channel_Name: '',
  Source_Host: 'db1',
  Source_Port: '3306',
  Source_Log_File: 'bin.000001',
  Replica_IO_Running: 'Yes',
  Replica_SQL_Running: 'Yes',
  Seconds_Behind_Source: '0',
  Auto_Position: '1',
  Source_SSL_Allowed: 'Yes',
  ...fields,
});

const read = (fields?: Row) => readMysqlChannels([row(fields)])[0];

describe('the status of a channel', () => {
  it('is running once the source sends', () => {
    expect(read()).toMatchObject({ receiver: 'running', applier: 'running', lagSeconds: 0, usesGtid: true });
    expect(read({ Source_Log_File: '' }), 'it may still say no').toMatchObject({ receiver: 'connecting' });
    expect(read({ Replica_IO_Running: 'Connecting' })).toMatchObject({ receiver: 'connecting' });
    expect(read({ Replica_IO_Running: 'No' })).toMatchObject({ receiver: 'stopped' });
  });

  it('has errors only where there are any', () => {
    expect(read({ Last_IO_Errno: '0', Last_IO_Error: '' })).not.toHaveProperty('receiverError');
    expect(read({ Last_SQL_Errno: '1062', Last_SQL_Error: 'Duplicate' })).toMatchObject({
      applierError: { code: 1062, message: 'Duplicate' },
    });
  });

  it('does not know the lag of a channel that does not run', () => {
    expect(read({ Seconds_Behind_Source: null })).toMatchObject({ lagSeconds: null });
  });

  it('is read in the old words as well', () => {
    const old = {
      Channel_Name: '',
      Master_Host: 'db1',
      Master_Port: '3307',
      Master_Log_File: 'bin.000001',
      Master_User: 'repl',
      Master_UUID: 'u',
      Slave_IO_Running: 'Yes',
      Slave_SQL_Running: 'No',
      Seconds_Behind_Master: '3',
      Master_SSL_Allowed: 'No',
      Connect_Retry: '60',
    };
    expect(readMysqlChannels([old])[0]).toMatchObject({
      source: { host: 'db1', port: 3307 },
      sourceUuid: 'u',
      user: 'repl',
      receiver: 'running',
      applier: 'stopped',
      lagSeconds: 3,
      connectRetrySeconds: 60,
      tls: { enabled: false },
    });
  });

  it("leaves out what follows nobody, and Group Replication's own", () => {
    expect(
      readMysqlChannels([row({ Source_Host: '' }), row({ Channel_Name: 'group_replication_applier' })]),
    ).toEqual([]);
  });
});
