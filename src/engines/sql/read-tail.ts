/**
 * Reads from a dead server's log what is not in a position, with the engine's own log reader. The log does not grow any
 * more, so it can be read twice: first to find which transactions are whole, then, when they were too many to be
 * kept, to pass them on.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { LogPlace, Tail, TailRequest } from '../../core/host.ts';
import type { Position } from '../../core/positions.ts';
import { chooseFiles } from './choose-log-files.ts';
import { judgeLogTool } from './judge-log-tool.ts';
import type { LogDialect } from './log-dialect.ts';
import { LogStatements } from './log-statements.ts';
import { runLogTool } from './log-tool.ts';
import { LogTransactions } from './log-transactions.ts';

/** A tail of an ordinary failover fits; a longer one is read again when it is passed on. */
const keptCharacters = 8 * 1024 * 1024;

const delimiter = '/*!*/;';

export interface Reading {
  readonly dialect: LogDialect;
  readonly tool: string;
  readonly args: readonly string[];
  /** For a log whose transactions have no names. */
  readonly namer?: () => Namer;
}

/** Names transactions by where they end. */
export interface Namer {
  /** The reader's own comments, in their order. */
  comment(line: string): void;
  /** The end of the event that the statement just read is from. */
  end(): Position;
  /** A statement, to stand before each transaction, that says which one it is. */
  mark(name: Position): string;
}

interface Scan {
  readonly transactions: LogTransactions;
  readonly cutOff: boolean;
  readonly bytes: number;
  /** Undefined when it was too much to be kept. */
  readonly statements: readonly string[] | undefined;
}

export async function readTail(
  dialect: LogDialect,
  place: LogPlace,
  request: TailRequest,
  call: Call,
): Promise<Tail> {
  const after = dialect.positions.parse(request.after);
  if (after === undefined) throw new Fault('bad-request', `not a position of this engine: ${request.after}`);
  const files = await chooseFiles(dialect, place, after, call);
  return tailAfter(after, { dialect, tool: place.tool, args: dialect.args(after, files) }, call);
}

export async function tailAfter(after: Position, reading: Reading, call: Call): Promise<Tail> {
  return tailOf(reading, await scanLog(reading, call), after);
}

function tailOf(reading: Reading, { transactions, cutOff, bytes, statements }: Scan, after: Position): Tail {
  const { names, length, torn } = transactions;
  const { positions, gather } = reading.dialect;
  const upTo = names.length === 0 ? after : gather(after, names);
  const wanted = statements?.slice(0, length) ?? firstOf(statementsOf(reading), length);
  return {
    transactions: names.length,
    names: names.length === 0 ? '' : positions.missing(upTo, after).text,
    upTo,
    truncated: torn || cutOff,
    bytes,
    statements: names.length === 0 ? nothing() : asText(marked(wanted, reading, names), reading.dialect),
  };
}

async function scanLog(reading: Reading, call: Call): Promise<Scan> {
  const namer = reading.namer?.();
  const transactions = new LogTransactions(reading.dialect.reader(), namer && (() => namer.end()));
  let kept: string[] | undefined = [];
  let taken = 0;
  let size = 0;
  let bytes = 0;
  const run = runLogTool(reading.tool, reading.args, call.signal);
  for await (const statement of split(run.output, (line) => namer?.comment(line))) {
    taken += 1;
    transactions.take(statement);
    size += statement.length;
    if (transactions.length === taken) bytes = size;
    if (size > keptCharacters) kept = undefined;
    kept?.push(statement);
  }
  transactions.finish();
  const { cutOff } = judgeLogTool(reading.dialect, await run.ended);
  if (transactions.tornWithin)
    throw new Fault('salvage-impossible', 'a transaction within the log is not whole');
  return { transactions, cutOff, bytes, statements: kept };
}

/** No signal: whoever reads it ends it by not reading on. */
const statementsOf = ({ tool, args }: Reading): AsyncIterable<string> => split(runLogTool(tool, args).output);

async function* split(
  chunks: AsyncIterable<string>,
  onComment?: (line: string) => void,
): AsyncGenerator<string> {
  const splitter = new LogStatements(onComment);
  for await (const chunk of chunks) yield* splitter.take(chunk);
  yield* splitter.end();
}

async function* firstOf(statements: AsyncIterable<string>, count: number): AsyncGenerator<string> {
  let left = count;
  for await (const statement of statements) {
    yield statement;
    left -= 1;
    if (left === 0) return;
  }
  throw new Fault('salvage-impossible', 'the log was read twice and was shorter the second time');
}

/** With what says which transaction comes, where they have no names. */
async function* marked(
  statements: AsyncIterable<string> | readonly string[],
  { dialect, namer }: Reading,
  names: readonly Position[],
): AsyncGenerator<string> {
  const marks = namer?.();
  const read = dialect.reader();
  let at = 0;
  for await (const statement of statements) {
    const name = names[at];
    if (marks && name !== undefined && read(statement).kind === 'names') {
      at += 1;
      yield marks.mark(name);
    }
    yield statement;
  }
}

/** As the tool prints it, without its comments. */
async function* asText(
  statements: AsyncIterable<string> | readonly string[],
  { farewell }: LogDialect,
): AsyncGenerator<string> {
  yield `DELIMITER ${delimiter}\n`;
  for await (const statement of statements) yield `${statement}\n${delimiter}\n`;
  yield `${farewell.map((statement) => `${statement}\n${delimiter}\n`).join('')}DELIMITER ;\n`;
}

async function* nothing(): AsyncGenerator<string> {
  // A tail of nothing has no text.
}
