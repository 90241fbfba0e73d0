/**
 * What a server is like while a log is replayed on it, and that it is put right afterwards.
 *
 * It does not wait for the disk at each commit: no client is told of any of these commits, and should its machine
 * crash meanwhile, the text is still there to be replayed again. Before the replay ends everything is on the disk and
 * the settings are as they were.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { afterwards, thenAlways } from './afterwards.ts';
import { bookOf, type ReplayBook, type ReplayParts } from './replay-book.ts';
import { type Durability, durabilityBefore, lower, restore } from './replay-durability.ts';
import { number } from './rows.ts';

const flushLogs = 'FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS; FLUSH NO_WRITE_TO_BINLOG BINARY LOGS';

export async function relaxed(
  parts: ReplayParts,
  book: ReplayBook | undefined,
  work: () => Promise<void>,
  left: () => Call,
): Promise<void> {
  const { dialect, sessions } = parts;
  const { replay } = dialect;
  const before = durabilityBefore(await durabilityNow(parts, left()));
  const begin = async (): Promise<void> => {
    await lowerIfAllowed(parts, before, left());
    if (replay.begin !== '') await sessions.query('work', 'begin the replay', replay.begin, left());
    await book?.open(left());
    await work();
  };
  await thenAlways(begin, async () => {
    // What is not committed by now is rolled back.
    sessions.close('replay');
    const call = afterwards(left());
    await restoreIfLowered(parts, before, call);
    if (replay.end !== '') await sessions.query('work', 'end the replay', replay.end, call);
    await book?.adopt(call);
    await sessions.query('work', 'make the replayed log durable', flushLogs, call);
  });
}

/** Puts right what a replay left that its controller did not live to end. */
export async function endLeftReplay(parts: ReplayParts, call: Call): Promise<void> {
  const now = await durabilityNow(parts, call);
  const before = durabilityBefore(now);
  if (before === now) return;
  await restoreIfLowered(parts, before, call);
  const { end } = parts.dialect.replay;
  const book = await bookOf(parts, call);
  // Without names what was replayed would come a second time from whoever has it.
  if (book?.note) {
    const appliers = await parts.replication.stopAppliers(call);
    await book.adopt(call);
    await parts.replication.startAppliers(appliers, call);
  }
  if (end !== '') await parts.sessions.query('work', 'end the replay', end, call);
  await parts.sessions.query('work', 'make the replayed log durable', flushLogs, call);
}

async function durabilityNow({ sessions }: ReplayParts, call: Call): Promise<Durability> {
  const look =
    'SELECT @@GLOBAL.sync_binlog AS log_sync, @@GLOBAL.innodb_flush_log_at_trx_commit AS engine_sync';
  const [rows] = await sessions.query('work', 'read the durability', look, call);
  return { log: number(rows?.[0], 'log_sync') ?? 1, engine: number(rows?.[0], 'engine_sync') ?? 1 };
}

/** Without the privilege the replay is as slow as the disk. */
async function lowerIfAllowed(parts: ReplayParts, before: Durability, call: Call): Promise<void> {
  try {
    await parts.sessions.query('work', 'put down the durability', lower(before), call);
  } catch (thrown) {
    if (!isDenied(thrown)) throw thrown;
    await restoreIfLowered(parts, before, call);
  }
}

async function restoreIfLowered(parts: ReplayParts, before: Durability, call: Call): Promise<void> {
  const statements = restore(before, await durabilityNow(parts, call));
  if (statements !== '') await parts.sessions.query('work', 'put back the durability', statements, call);
}

const isDenied = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'access-denied';
