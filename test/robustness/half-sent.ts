/** A primary that dies while it sends a large transaction, of which every replica has a part and none the whole. */
import { readFile } from 'node:fs/promises';
import { relayLogBytes } from '../kit/coordinates.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';

export interface Transaction {
  /** Of a megabyte each. */
  readonly rows: number;
}

interface Sending extends Transaction {
  readonly primary: DatabaseServer;
  readonly replicas: readonly DatabaseServer[];
}

const ROW_BYTES = 1_000_000;
/** What a replica has read from its connection and not written to its relay log: a row, and what it reads at a time. */
const IN_HAND_BYTES = 3_000_000;
/** A replica that is starved lets another come to the end first. */
const TRIES = 8;
const SEND_MS = 60_000;

/** Into `app.big`, which is made here. The primary is killed while it stands still, once that is seen to be so. */
export async function dieHalfSent(sending: Sending): Promise<void> {
  const { primary } = sending;
  await primary.query('create table app.big (id int primary key, body longblob)');
  for (let tries = 0; tries < TRIES; tries += 1) {
    await received(sending);
    const before = await sizesOf(sending);
    const { over } = begin(sending);
    await until('every replica to have a part of it', { ...SOON, everyMs: 2 }, async () =>
      (await grown(sending, before)).every((bytes) => bytes > ROW_BYTES),
    );
    await primary.pause();
    const half = await isHalfSent(sending, before);
    if (half) await primary.kill();
    else primary.resume();
    await over;
    if (half) return;
    await primary.query('truncate table app.big');
  }
  throw new Error(`a replica had the whole transaction each time, in ${TRIES} tries`);
}

function begin({ primary, rows }: Sending): { readonly over: Promise<unknown> } {
  const inserts = Array.from(
    { length: rows },
    (_, id) => `insert into app.big values (${id}, repeat('b', ${ROW_BYTES}))`,
  );
  return { over: primary.query(`begin; ${inserts.join('; ')}; commit`, SEND_MS).catch(() => undefined) };
}

/** Asked while the primary stands still; what it has handed to the kernel still arrives, also after its death. */
async function isHalfSent(sending: Sending, before: readonly number[]): Promise<boolean> {
  // In this order: what arrives in between is counted twice, not left out.
  const underWay = await bytesUnderWay(sending.primary);
  const most = sending.rows * ROW_BYTES - IN_HAND_BYTES - underWay;
  return (await grown(sending, before)).every((bytes) => bytes > ROW_BYTES && bytes < most);
}

const sizesOf = ({ replicas }: Sending): Promise<readonly number[]> =>
  Promise.all(replicas.map(relayLogBytes));

async function grown(sending: Sending, before: readonly number[]): Promise<readonly number[]> {
  return (await sizesOf(sending)).map((size, at) => size - (before[at] ?? 0));
}

/** On the connection of the primary's on which the most is: sent and not arrived, or arrived and not read. */
async function bytesUnderWay({ address }: DatabaseServer): Promise<number> {
  const port = `:${address.port.toString(16).toUpperCase().padStart(4, '0')}`;
  const byConnection = new Map<string, number>();
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n')) {
    const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/);
    if (!local.endsWith(port) && !remote.endsWith(port)) continue;
    const connection = [local, remote].toSorted().join();
    const bytes = queues.split(':').reduce((sum, each) => sum + Number.parseInt(each, 16), 0);
    byConnection.set(connection, (byConnection.get(connection) ?? 0) + bytes);
  }
  return Math.max(0, ...byConnection.values());
}

/** Each replica has received all that is logged by now. */
async function received({ primary, replicas }: Sending): Promise<void> {
  const mariadb = primary.engine === 'mariadb';
  const [log] = await primary.query(mariadb ? 'show master status' : 'show binary log status');
  const [file, offset] = [log?.File ?? '', Number(log?.Position)];
  const has = async (replica: DatabaseServer): Promise<boolean> => {
    const [row] = await replica.query(mariadb ? 'show all slaves status' : 'show replica status');
    const at = (mariadb ? row?.Master_Log_File : row?.Source_Log_File) ?? '';
    const read = Number(mariadb ? row?.Read_Master_Log_Pos : row?.Read_Source_Log_Pos);
    return at > file || (at === file && read >= offset);
  };
  await until(`the replicas to have received ${file}:${offset}`, SOON, async () =>
    (await Promise.all(replicas.map(has))).every(Boolean),
  );
}
