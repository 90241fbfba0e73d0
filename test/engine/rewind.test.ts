/** Changes are taken back all or none, and once, whatever happens in between. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RewindRequest, ServerLink } from '../../src/core/engine.ts';
import { type Position, position } from '../../src/core/positions.ts';
import { mariadbDialect } from '../../src/engines/mariadb/dialect.ts';
import { mariadbHost } from '../../src/engines/mariadb/log-reader.ts';
import { sqlLink } from '../../src/engines/sql/link.ts';
import { call } from '../kit/call.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { linkContext } from '../kit/link-context.ts';

const context = linkContext('mariadb');

describe('taking changes back', () => {
  let cluster: Cluster;
  let link: ServerLink;
  let to: Position;

  beforeAll(async () => {
    cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 61 });
    link = sqlLink(mariadbDialect, cluster.primary.address, context);
    await cluster.primary.query('create table app.t (id int primary key, v varchar(40)) engine=innodb');
  });
  afterAll(async () => {
    await link.close();
    await cluster[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    const { primary } = cluster;
    await primary.query("replace into app.t values (1, 'kept')");
    to = await link.position(call());
    await primary.query("update app.t set v = 'changed' where id = 1");
    await primary.query("replace into app.t values (2, 'added')");
  });

  const rows = async (): Promise<readonly (string | null | undefined)[]> =>
    (await cluster.primary.query('select v from app.t order by id')).map(({ v }) => v);

  async function reversed(): Promise<AsyncIterable<string>> {
    const dataFolder = `${cluster.primary.folder}/data`;
    const place = { index: `${dataFolder}/bin.index`, dataFolder, tool: 'mariadb-binlog' };
    return (await mariadbHost.readSurplus(place, { after: to, form: 'reversed' }, call())).statements;
  }

  const request = (id: string, statements: RewindRequest['statements']): RewindRequest => ({
    id,
    to,
    tables: ['app.t'],
    statements,
  });

  it('what breaks off half way has changed nothing', async () => {
    async function* cutOff(): AsyncGenerator<string> {
      let whole = '';
      for await (const chunk of await reversed()) whole += chunk;
      const half = whole.indexOf("BINLOG '", whole.indexOf('Delete_rows'));
      yield whole.slice(0, whole.indexOf('/*!*/;', half) + 7);
      throw new Error('the agent is gone');
    }
    await expect(
      link.rewind(
        request('one', async () => cutOff()),
        call(),
      ),
    ).rejects.toThrow('the agent is gone');
    expect(await rows()).toEqual(['changed', 'added']);
    await link.rewind(request('one', reversed), call());
    expect(await rows()).toEqual(['kept']);
  });

  it('what was taken back is not taken back again by whoever carries on', async () => {
    const dies = {
      ...mariadbDialect,
      adopt: () => "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'killed here'",
    };
    const dying = sqlLink(dies, cluster.primary.address, context);
    await expect(dying.rewind(request('two', reversed), call())).rejects.toThrow('killed here');
    await dying.close();
    expect(await rows()).toEqual(['kept']);
    const again = async (): Promise<never> => {
      throw new Error('asked again');
    };
    await link.rewind(request('two', again), call());
    expect(await rows()).toEqual(['kept']);
    expect(await link.position(call())).toBe(position(to));
    const left = await cluster.primary.query(
      "select 1 from dauphin.hand_over where operation like 'rewind%'",
    );
    expect(left).toEqual([]);
    expect(await cluster.primary.query('show binlog events')).not.toContainEqual(
      expect.objectContaining({ Info: expect.stringContaining('kept') as unknown }),
    );
  });
});
