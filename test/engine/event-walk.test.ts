/** MySQL without GTIDs: what a log holds is read to its end, also where transactions are compressed and long. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LinkPlaces, ServerLink } from '../../src/core/engine.ts';
import { position } from '../../src/core/positions.ts';
import { mysqlDialect } from '../../src/engines/mysql/dialect.ts';
import { mysqlPlaces } from '../../src/engines/mysql/places.ts';
import { numberOf } from '../../src/engines/sql/event-pages.ts';
import { eventsOf } from '../../src/engines/sql/event-walk.ts';
import { sqlLink } from '../../src/engines/sql/link.ts';
import { SqlSession } from '../../src/engines/sql/session.ts';
import { Sessions } from '../../src/engines/sql/sessions.ts';
import { dauphin } from '../kit/accounts.ts';
import { caughtUpByPlace, startAnonymousCluster } from '../kit/anonymous-cluster.ts';
import { call } from '../kit/call.ts';
import type { Cluster } from '../kit/cluster.ts';
import { hasReceivedAll } from '../kit/coordinates.ts';
import { SOON, until } from '../kit/deadline.ts';
import { linkContext } from '../kit/link-context.ts';
import { startReplicating, stopReplicating } from '../kit/replication.ts';

const context = linkContext('mysql');

describe('a log of compressed transactions', () => {
  let cluster: Cluster;
  let link: ServerLink;

  beforeAll(async () => {
    const serverArgs = ['--binlog-transaction-compression=ON'];
    cluster = await startAnonymousCluster({ replicas: 1, firstHost: 64, serverArgs });
    link = sqlLink(mysqlDialect, cluster.server('db2').address, context);
    await cluster.primary.query(
      'create table app.t (id int auto_increment primary key, note int) engine=innodb',
    );
  });
  afterAll(async () => {
    await link?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  const places = (): LinkPlaces => {
    if (!link.places) throw new Error('MySQL tells places');
    return link.places;
  };

  /** Where it writes next in its own log. */
  async function end(name: string) {
    const [row] = await cluster.server(name).query('select @@server_uuid as server');
    const [log] = await cluster.server(name).query('show binary log status');
    return position(`@${row?.server}/${log?.File}:${log?.Position}`);
  }

  /** Each row is a statement of its own: two events. */
  const transaction = (rows: number): string =>
    `begin; ${`insert into app.t (note) values (${rows});`.repeat(rows)} commit`;

  it.each([
    ['shorter than an answer', [900]],
    ['of as many events as an answer', [998, 999, 1000]],
    ['longer than an answer', [1500]],
    ['much longer than an answer, among short ones', [1, 7000, 2, 1, 2400, 3]],
  ])('is read to its end and with all of them: transactions %s', async (_what, sizes) => {
    const [db1, db2] = [cluster.primary, cluster.server('db2')];
    await startReplicating(db2);
    await caughtUpByPlace([db2], db1);
    await stopReplicating(db2, 'applier');
    const [sent, logged] = [await end('db1'), await end('db2')];
    const ends: string[] = [];
    for (const rows of sizes) {
      await db1.query(transaction(rows), SOON.deadlineMs);
      ends.push(await end('db1'));
    }
    await until('db2 to have received it', SOON, () => hasReceivedAll(db2, db1));
    await stopReplicating(db2, 'receiver');

    expect(await link.stopReceiving(call())).toBe(ends.at(-1));
    const received = await places().receivedAfter(sent, call());
    expect(received.map((each) => each.end)).toEqual(ends);

    await startReplicating(db2);
    await caughtUpByPlace([db2], db1);
    expect(await places().loggedAfter(logged, call())).toHaveLength(sizes.length);
  });

  it('is not at its end where the applier throws it away while it is read', async () => {
    const [db1, db2] = [cluster.primary, cluster.server('db2')];
    await startReplicating(db2);
    await caughtUpByPlace([db2], db1);
    await stopReplicating(db2, 'applier');
    for (const rows of [2, 3, 4]) {
      await db1.query(transaction(rows));
      await until('db2 to have received it', SOON, () => hasReceivedAll(db2, db1));
      await db2.query('flush relay logs');
    }
    await stopReplicating(db2, 'receiver');
    const [row] = await db2.query('show replica status');
    const from = { file: row?.Relay_Log_File ?? '', offset: Number(row?.Relay_Log_Pos) };
    const sessions = new Sessions(db2.address, (asked) =>
      SqlSession.open(db2.address, dauphin, context, asked),
    );
    const walk = { of: 'relay log', channel: '', from } as const;
    const events = eventsOf({ places: mysqlPlaces, sessions }, walk, call);

    try {
      const first = await events.next();
      expect(first.value).toMatchObject({ Log_name: from.file });
      await startReplicating(db2);
      // A file goes when the applier moves on to another one after that.
      await until('the next file to be thrown away, too', SOON, async () => {
        await db2.query('flush relay logs');
        const [oldest] = await db2.query('show relaylog events limit 1');
        return numberOf(oldest?.Log_name ?? '') > numberOf(from.file) + 1n;
      });
      await expect(rest(events)).rejects.toThrow(/could not find target log/i);
    } finally {
      sessions.closeAll();
    }
  });
});

async function rest(events: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of events) count += 1;
  return count;
}
