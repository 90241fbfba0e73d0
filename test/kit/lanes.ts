/** The writer's connections: each does one write after the other, and goes on wherever writes are taken. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HeldConnection } from './held-connection.ts';
import type { Ledger } from './ledger.ts';
import type { Pacer } from './pacer.ts';
import { PrimaryFinder } from './primary-finder.ts';
import { quote, SqlClient } from './sql.ts';
import type { WriterSettings, WriterTarget } from './writer-protocol.ts';
import { WRITES_TABLE } from './writes-table.ts';

export interface LaneContext {
  readonly settings: WriterSettings;
  readonly ledger: Ledger;
  readonly pacer: Pacer;
  readonly stopping: AbortSignal;
}

/** How long a new client is ready to wait for its connection: routes hold it during a hand-over. */
const CONNECT_MS = 5000;
const AGAIN_MS = 2;
/** A lane whose connection is gone soon asks again where writes are taken: the server may be gone as well. */
const REOPEN_MS = 5;

/** Knows all servers and follows the primary by itself. Each lane has a connection to every server, open beforehand. */
export async function runFollowingLanes(context: LaneContext): Promise<void> {
  const { settings, stopping } = context;
  const finder = new PrimaryFinder(settings);
  const lanes = Array.from({ length: settings.connections }, () => holdAll(settings));
  stopping.addEventListener('abort', () => finder.close(), { once: true });
  await Promise.all(lanes.map((lane) => followingLane(context, finder, lane)));
  for (const lane of lanes) for (const connection of lane.values()) connection.close();
}

function holdAll({ engine, account, servers }: WriterSettings): Map<WriterTarget, HeldConnection> {
  return new Map(
    servers.map((target) => [target, new HeldConnection({ engine, account, address: target.address })]),
  );
}

async function followingLane(
  { settings, ledger, pacer, stopping }: LaneContext,
  finder: PrimaryFinder,
  connections: ReadonlyMap<WriterTarget, HeldConnection>,
): Promise<void> {
  let failed: WriterTarget | undefined;
  while (!stopping.aborted) {
    // A turn whose write failed is still this lane's: the next try does not wait for another.
    if (failed === undefined) await pacer.turn();
    const target = await unlessStopped(finder.find(failed), stopping);
    const connection = target && connections.get(target);
    if (target === undefined || connection === undefined) return;
    try {
      const client = await connection.get(REOPEN_MS);
      if (stopping.aborted) return;
      await write(client, target.name, settings.statementMs, ledger);
      failed = undefined;
    } catch {
      failed = target;
    }
  }
}

/** Knows one address. What it gets there, it takes; when that is no good, it comes in again. */
export async function runProxiedLanes(context: LaneContext): Promise<void> {
  const { connections } = context.settings;
  await Promise.all(Array.from({ length: connections }, () => proxiedLane(context)));
}

async function proxiedLane({ settings, ledger, pacer, stopping }: LaneContext): Promise<void> {
  let session: { readonly client: SqlClient; readonly server: string } | undefined;
  let failed = false;
  while (!stopping.aborted) {
    if (!failed) await pacer.turn();
    if (stopping.aborted) break;
    try {
      session = session === undefined || session.client.closed ? await comeIn(settings) : session;
      await write(session.client, session.server, settings.statementMs, ledger);
      failed = false;
    } catch {
      failed = true;
      session?.client.close();
      await sleep(AGAIN_MS);
    }
  }
  session?.client.close();
}

async function comeIn(settings: WriterSettings): Promise<{ client: SqlClient; server: string }> {
  const { proxy, engine, account, servers, statementMs } = settings;
  if (proxy === undefined) throw new Error('no proxy');
  const client = await SqlClient.open({ engine, account, address: proxy }, CONNECT_MS);
  const [row] = await client.query('select @@server_id as id', statementMs);
  const server = servers.find((target) => String(target.serverId) === row?.id);
  return { client, server: server?.name ?? `server ${row?.id}` };
}

async function write(client: SqlClient, server: string, deadlineMs: number, ledger: Ledger): Promise<void> {
  const id = ledger.nextId();
  const sentAt = ledger.nowUs();
  try {
    await client.query(`insert into ${WRITES_TABLE} (id, at) values (${quote(id)}, now(6))`, deadlineMs);
    ledger.acknowledge(id, server, sentAt);
  } catch (thrown) {
    ledger.fail(thrown);
    throw thrown;
  }
}

async function unlessStopped<T>(work: Promise<T>, stopping: AbortSignal): Promise<T | undefined> {
  if (stopping.aborted) return undefined;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  stopping.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}
