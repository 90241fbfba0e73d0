import { describe, expect, it } from 'vitest';
import type { Row } from '../sql/rows.ts';
import { readMariadbChannels } from './channels.ts';

const row = (fields: Row = {}): Row => ({
  Connection_name: '',
  Master_Host: 'db1',
  Master_Port: '3306',
  Master_Log_File: 'bin.000001',
  Slave_IO_Running: 'Yes',
  Slave_SQL_Running: 'Yes',
  Seconds_Behind_Master: '0',
  Using_Gtid: 'Slave_Pos',
  Master_SSL_Allowed: 'No',
  ...fields,
});

const read = (fields?: Row) => readMariadbChannels([row(fields)])[0];

describe('the status of a channel', () => {
  it('is running once the source sends', () => {
    expect(read()).toMatchObject({ receiver: 'running', applier: 'running', lagSeconds: 0 });
    expect(read({ Master_Log_File: '' }), 'it may still say no').toMatchObject({ receiver: 'connecting' });
    expect(read({ Slave_IO_Running: 'Preparing' })).toMatchObject({ receiver: 'connecting' });
    expect(read({ Slave_IO_Running: 'No' })).toMatchObject({ receiver: 'stopped' });
  });

  it.each([
    ['Slave_Pos', true],
    ['Current_Pos', true],
    ['No', false],
  ])('goes by GTID when it says %s: %s', (Using_Gtid, usesGtid) => {
    expect(read({ Using_Gtid })).toMatchObject({ usesGtid });
  });

  it('names its filters in order, by their column', () => {
    const fields = { Replicate_Ignore_DB: 'junk', Replicate_Do_Domain_Ids: '1,2', Replicate_Do_DB: '' };
    expect(read(fields)?.filters).toEqual(['Replicate_Do_Domain_Ids: 1,2', 'Replicate_Ignore_DB: junk']);
  });

  it('leaves out what RESET SLAVE has left over', () => {
    expect(readMariadbChannels([row({ Master_Host: '' })])).toEqual([]);
  });
});
