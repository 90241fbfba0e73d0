import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { EngineContext } from '../../core/engine.ts';
import { position } from '../../core/positions.ts';
import { Replication } from '../sql/replication.ts';
import type { Row } from '../sql/rows.ts';
import type { Sessions } from '../sql/sessions.ts';
import { mysqlDialect } from './dialect.ts';

const channel = (name: string, host: string): Row => ({
  Channel_Name: name,
  Source_Host: host,
  Source_Port: '3306',
  Auto_Position: '0',
  Replica_IO_Running: 'Yes',
  Replica_SQL_Running: 'No',
});

const call = { signal: new AbortController().signal, deadlineMs: 1000 };

/** What a server with these channels is sent until it has stopped receiving. */
async function askedOf(...channels: readonly Row[]): Promise<readonly string[]> {
  const asked: string[] = [];
  const done = new Error('enough');
  const query = async (_lane: string, what: string, sql: string): Promise<readonly (readonly Row[])[]> => {
    if (what === 'read replication') return [channels];
    if (what !== 'stop receiving') throw done;
    asked.push(sql);
    return [];
  };
  const version = async () => ({ major: 9, minor: 7, patch: 4 });
  const sessions = { query, version, address: { host: 'db2', port: 3306 } } as unknown as Sessions;
  const replication = new Replication(mysqlDialect, sessions, {} as EngineContext);
  await expect(replication.stopReceiving(call)).rejects.toBe(done);
  return asked;
}

describe('a server that stops receiving', () => {
  it('applies what it received from its source, and nothing more that it took from another replica', async () => {
    const asked = await askedOf(channel('', 'db1'), channel('dauphin_level', 'db3'));
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatch(/START REPLICA SQL_THREAD/i);
    expect(asked[1]).toMatch(/STOP REPLICA IO_THREAD FOR CHANNEL 'dauphin_level'/i);
    expect(asked[1]).not.toMatch(/START/i);
  });

  it.each([
    ['takes up an applier that was ended', 1756, true],
    ['takes up an applier that was ended while it stopped', 13121, true],
    ['leaves one that failed as it is', 1062, false],
  ])('%s', async (_title, errno, started) => {
    const stopped = { ...channel('', 'db1'), Last_SQL_Errno: `${errno}`, Last_SQL_Error: 'why' };
    expect((await askedOf(stopped)).some((sql) => sql.includes('START'))).toBe(started);
  });
});

describe('a position that is waited for', () => {
  const waiting = (thrown: Fault): Promise<void> => {
    const query = () => Promise.reject(thrown);
    const version = async () => ({ major: 9, minor: 7, patch: 4 });
    const sessions = { query, version, address: { host: 'db2', port: 3306 } } as unknown as Sessions;
    const context = { clock: { monotonic: () => 0 } } as unknown as EngineContext;
    const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
    return new Replication(mysqlDialect, sessions, context).awaitPosition(position(`${uuid}:1-5`), call);
  };

  it('was not reached, when a busy server says so too late', async () => {
    const late = new Fault('deadline-exceeded', 'no answer within 1000 ms');
    await expect(waiting(late)).rejects.toMatchObject({ code: 'position-not-reached' });
  });

  it('fails as the server does', async () => {
    const lost = new Fault('connection-lost', 'gone');
    await expect(waiting(lost)).rejects.toBe(lost);
  });
});
