/** Replays what an engine's own log reader printed on one server, each transaction under its own name. */
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { Position, PositionAlgebra } from '../../core/positions.ts';
import { afterwards, thenAlways } from './afterwards.ts';
import { LogStatements } from './log-statements.ts';
import { noted } from './noted-replay.ts';
import { bookOf, type ReplayBook, type ReplayParts } from './replay-book.ts';
import { relaxed } from './replay-conditions.ts';

/** Tells the command-line client which character set it sends; ours sends bytes. */
const forClient = /^\/\*!\\C \w+ \*\/$/;
/**
 * A server that replays it gives no names anyway. Said of a transaction that is then left out, the session could say it
 * of no other.
 */
const nameless = /^SET @@SESSION\.GTID_NEXT= 'ANONYMOUS'$/;
/**
 * Applying its row events, the server forgets that more statements follow, and its answer says that it was the last
 * (SERVER_MORE_RESULTS_EXISTS; seen on MariaDB 10.11.19 and MySQL 9.7.4): so it has to be the last.
 */
const endsAnswers = /^BINLOG /i;
/** Sent in one round trip; a single statement may be longer. */
const batchCharacters = 128 * 1024;
export async function replayLog(
  parts: ReplayParts,
  chunks: AsyncIterable<string>,
  call: Call,
): Promise<void> {
  const { context, replication } = parts;
  const left = countdown(context.clock, call);
  // One that is within a transaction of which the log has the whole would keep it locked.
  const appliers = await replication.stopAppliers(left());
  const book = await bookOf(parts, left());
  const replay = async (): Promise<void> => {
    if (!book) return send(parts, worth(statementsOf(chunks)), left);
    const has = await book.held(left());
    const wanted = lacking({ book, positions: parts.dialect.positions, has }, worth(statementsOf(chunks)));
    return send(parts, book.note ? noted(wanted, book.reader(), book.note) : wanted, left);
  };
  await thenAlways(
    () => relaxed(parts, book, replay, left),
    () => replication.startAppliers(appliers, afterwards(left())),
  );
}

interface Held {
  readonly book: ReplayBook;
  readonly positions: PositionAlgebra;
  readonly has: Position;
}

/** Leaves out the transactions that are held already, where the server would refuse them or do them twice. */
async function* lacking(
  { book, positions, has }: Held,
  statements: AsyncIterable<string>,
): AsyncGenerator<string> {
  const read = book.reader();
  let skipping = false;
  for await (const statement of statements) {
    const word = read(statement);
    if (word.kind === 'names') skipping = positions.missing(word.position, has).count === 0;
    if (!skipping || word.kind === 'setting') yield statement;
  }
}

async function* worth(statements: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const statement of statements) {
    if (!forClient.test(statement) && !nameless.test(statement)) yield statement;
  }
}

async function* statementsOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  const splitter = new LogStatements();
  for await (const chunk of chunks) yield* splitter.take(chunk);
  yield* splitter.end();
}

async function send(
  { sessions }: ReplayParts,
  statements: AsyncIterable<string>,
  left: () => Call,
): Promise<void> {
  // A reader of the server may hold a table for longer than the second that our other statements wait.
  const patience = Math.ceil(left().deadlineMs / 1000);
  let batch = [`SET SESSION lock_wait_timeout = ${patience}, innodb_lock_wait_timeout = ${patience}`];
  let size = 0;
  // Another one in its place would know nothing of the transaction and the settings that this one is in.
  const session = await sessions.get('replay', left());
  const flush = async (): Promise<void> => {
    // On lines of their own: a statement may end with a comment.
    const sql = batch.join('\n;\n');
    batch = [];
    size = 0;
    await session.query('replay the log', sql, left());
  };
  for await (const statement of statements) {
    batch.push(statement);
    size += statement.length;
    if (size > batchCharacters || endsAnswers.test(statement)) await flush();
  }
  if (batch.length > 0) await flush();
}
