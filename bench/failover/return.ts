/** The dead primary comes back: what it may do, and what only it has. */
import { Refused } from '../../src/cli/api-client.ts';
import { journalSchema } from '../../src/contract/answer-schema.ts';
import { operationSchema } from '../../src/contract/operation-schema.ts';
import type { Operation } from '../../src/core/operation.ts';
import { app } from '../../test/kit/accounts.ts';
import type { DatabaseServer } from '../../test/kit/database-server.ts';
import { until } from '../../test/kit/deadline.ts';
import { quote, SqlClient } from '../../test/kit/sql.ts';
import { WRITES_TABLE } from '../../test/kit/writes-table.ts';
import { CLUSTER, type Scene } from './scene.ts';
import { endingOf } from './taken-over.ts';

/** A woken process does at once what it had left undone; a second is an age for it. */
const WATCHED_MS = 2000;
const TRY_MS = 300;
const REJOIN_MS = 120_000;
const BEGIN_MS = 20_000;

/** Goes on with its process, where there still is one. Gives how many of the writes offered to it were taken. */
export async function wake(server: DatabaseServer): Promise<number> {
  server.resume();
  const end = performance.now() + WATCHED_MS;
  let taken = 0;
  for (let offered = 1; performance.now() < end && server.running; offered++) {
    if (await takesWrite(server, `woken-${offered}`)) taken++;
  }
  return taken;
}

async function takesWrite(server: DatabaseServer, id: string): Promise<boolean> {
  try {
    // Named one by one: what a server says of itself are getters, which a spread leaves behind.
    const { engine, address } = server;
    const client = await SqlClient.open({ engine, address, account: app }, TRY_MS);
    try {
      await client.query(`insert into ${WRITES_TABLE} (id, at) values (${quote(id)}, now(6))`, TRY_MS);
      return true;
    } finally {
      client.close();
    }
  } catch {
    return false;
  }
}

export interface Returned {
  /** Writes that only the old primary has. */
  readonly onlyOld: number;
  /** Transactions that the rejoin found only there. */
  readonly surplus: number;
  /** Why it did not become a replica again. */
  readonly failure?: string;
}

/** Started read-only, as a host's own configuration should have it, and taken back by request. */
export async function takeBack(
  { primary: old, agents, controller }: Scene,
  next: DatabaseServer,
  signal: AbortSignal,
): Promise<Returned> {
  await old.restart(['--read-only=1']);
  await agents.of(old.name).restart();
  const [mine, theirs] = await Promise.all([idsOn(old), idsOn(next)]);
  const onlyOld = [...mine].filter((id) => !theirs.has(id)).length;
  const { client } = controller;
  const begun = await beginRejoin(controller, old.name, signal);
  const ended = await until('the rejoin to end', { deadlineMs: REJOIN_MS, everyMs: 200 }, async () => {
    signal.throwIfAborted();
    const operation = await client.get(`/v1/operations/${begun.id}`, operationSchema);
    return operation.status !== 'running' && operation;
  });
  const surplus = await surplusIn(client, ended);
  return {
    onlyOld,
    surplus,
    ...(ended.status === 'succeeded' ? {} : { failure: endingOf(ended) }),
  };
}

/** Asked until it is taken up: the controller may not have seen yet that the server is back. */
async function beginRejoin(
  { client }: Scene['controller'],
  server: string,
  signal: AbortSignal,
): Promise<Operation> {
  let last = 'it was not asked';
  const begin = async (): Promise<Operation | undefined> => {
    signal.throwIfAborted();
    try {
      const asked = { server, requestedBy: 'bench' };
      return await client.post(`/v1/clusters/${CLUSTER}/rejoin`, asked, operationSchema);
    } catch (thrown) {
      const facts =
        thrown instanceof Refused ? thrown.body.error.refusals?.map(({ fact }) => fact) : undefined;
      last = facts?.join('; ') ?? String(thrown);
      return undefined;
    }
  };
  try {
    return await until('the rejoin to be taken up', { deadlineMs: BEGIN_MS, everyMs: 500 }, begin);
  } catch (thrown) {
    throw new Error(`${String(thrown)}: ${last}`, { cause: thrown });
  }
}

async function surplusIn(client: Scene['controller']['client'], { id }: Operation): Promise<number> {
  const { journal } = await client.get(`/v1/operations/${id}/journal`, journalSchema);
  const compared = journal.find(({ what }) => what.event === 'step-done' && what.output?.surplus);
  return compared?.what.event === 'step-done' ? (compared.what.output?.surplus?.transactions ?? 0) : 0;
}

async function idsOn(server: DatabaseServer): Promise<ReadonlySet<string>> {
  const rows = await server.query(`select id from ${WRITES_TABLE}`, 30_000);
  return new Set(rows.map(({ id }) => id ?? ''));
}
