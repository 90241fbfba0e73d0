/** What a MariaDB server that follows by file and offset has received is read from its relay log. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServerLink } from '../../src/core/engine.ts';
import { mariadbDialect } from '../../src/engines/mariadb/dialect.ts';
import { sqlLink } from '../../src/engines/sql/link.ts';
import { call } from '../kit/call.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { followByCoordinates, hasReceivedAll } from '../kit/coordinates.ts';
import { SOON, until } from '../kit/deadline.ts';
import { linkContext } from '../kit/link-context.ts';
import { startReplicating, stopReplicating } from '../kit/replication.ts';

describe('a replica by file and offset', () => {
  let cluster: Cluster;
  let link: ServerLink;

  beforeAll(async () => {
    cluster = await startCluster({ engine: 'mariadb', replicas: 1, firstHost: 61 });
    link = sqlLink(mariadbDialect, cluster.server('db2').address, linkContext('mariadb'));
    await followByCoordinates(cluster);
    await cluster.primary.query('create table app.plain (id int) engine=aria');
    await cluster.primary.query('create table app.t (id int auto_increment primary key) engine=innodb');
  });
  afterAll(async () => {
    await link.close();
    await cluster[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    const db2 = cluster.server('db2');
    await db2.query('set global max_relay_log_size = 1073741824');
    await startReplicating(db2);
    await cluster.caughtUp();
    await stopReplicating(db2, 'applier');
  });

  const written = async (): Promise<string> => {
    const [row] = await cluster.primary.query('select @@gtid_binlog_pos as position');
    return row?.position ?? '';
  };

  async function received(): Promise<string> {
    const db2 = cluster.server('db2');
    await until('db2 to have received it', SOON, () => hasReceivedAll(db2, cluster.primary));
    return link.stopReceiving(call());
  }

  const rows = (count: number): string => 'insert into app.t values ();'.repeat(count);

  it.each([
    ['a transaction', 'begin; insert into app.t values (); insert into app.t values (); commit'],
    ['a change without transactions', 'insert into app.plain values (1)'],
    ['a table', 'create table app.later (id int)'],
    [
      'a statement as it was written',
      'set statement binlog_format=statement for insert into app.plain values (2)',
    ],
    ['a prepared XA transaction', "xa start 'x'; insert into app.t values (); xa end 'x'; xa prepare 'x'"],
    ['its commit', "xa commit 'x'"],
    ['what comes after the source has begun a new log', 'flush binary logs; insert into app.t values ()'],
  ])('has received %s', async (_what, sql) => {
    await cluster.primary.query(sql);
    expect(await received()).toBe(await written());
  });

  it('has received what lies in many files, of which its applier throws away what it has applied', async () => {
    await cluster.server('db2').query('set global max_relay_log_size = 4096');
    await cluster.primary.query(rows(2000), SOON.deadlineMs);
    expect(await received()).toBe(await written());
  });

  it.each(['none', 'crc32'])('has received what a source with checksums %s has sent', async (checksums) => {
    await cluster.primary.query(`set global binlog_checksum = ${checksums}`);
    await cluster.primary.query(rows(700), SOON.deadlineMs);
    expect(await received()).toBe(await written());
  });

  it('takes up what waits in its relay log although nobody receives', async () => {
    await cluster.primary.query(rows(3));
    const db2 = cluster.server('db2');
    await until('db2 to have received it', SOON, () => hasReceivedAll(db2, cluster.primary));
    await stopReplicating(db2);
    const position = await link.stopReceiving(call());
    expect(position).toBe(await written());
    await link.awaitPosition(position, call());
  });
});
