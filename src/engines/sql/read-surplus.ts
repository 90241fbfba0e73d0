/**
 * Reads from a server's log what another server lacks, with the engine's own log reader, while it takes no writes:
 * first to tell what it is, then to pass it on.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { LogPlace, Surplus, SurplusRequest } from '../../core/host.ts';
import { chooseFiles } from './choose-log-files.ts';
import { judgeLogTool } from './judge-log-tool.ts';
import type { LogDialect } from './log-dialect.ts';
import { type LogToolRun, runLogTool } from './log-tool.ts';
import { SurplusScan } from './surplus-scan.ts';

/** Of a statement that stands in the way, in a message. */
const shownCharacters = 80;

export async function readSurplus(
  dialect: LogDialect,
  place: LogPlace,
  { after: asked, form }: SurplusRequest,
  call: Call,
): Promise<Surplus> {
  const after = dialect.positions.parse(asked);
  if (after === undefined) throw new Fault('bad-request', `not a position of this engine: ${asked}`);
  const args = dialect.args(after, await chooseFiles(dialect, place, after, call));
  const readable = ['-v', ...args];
  const scan = await scanLog(dialect, runLogTool(place.tool, readable, call.signal));
  const { names } = scan.transactions;
  const upTo = names.length === 0 ? after : dialect.gather(after, names);
  const irreversible = whyNot(dialect, scan);
  const about = {
    transactions: names.length,
    names: names.length === 0 ? '' : dialect.positions.missing(upTo, after).text,
    upTo,
    ...(scan.newestAt === undefined ? {} : { newestAt: scan.newestAt }),
    tables: [...scan.tables],
    ...(irreversible === undefined ? {} : { irreversible }),
  };
  if (form === 'readable')
    return { ...about, statements: wholeText(dialect, runLogTool(place.tool, readable)) };
  if (irreversible !== undefined || dialect.reversed === undefined)
    throw new Fault('salvage-impossible', irreversible ?? noReverse);
  const reversed = [...dialect.reversed, ...args];
  // The reader finds out on the way what it cannot reverse, and nothing half may be passed on.
  await drain(wholeText(dialect, runLogTool(place.tool, reversed, call.signal)));
  return { ...about, statements: wholeText(dialect, runLogTool(place.tool, reversed)) };
}

const noReverse = 'this engine’s log reader cannot reverse changes';

async function scanLog(dialect: LogDialect, run: LogToolRun): Promise<SurplusScan> {
  const scan = new SurplusScan(dialect);
  for await (const chunk of wholeText(dialect, run)) scan.take(chunk);
  scan.finish();
  return scan;
}

/** Fails at its end when the reader did not come to the log's end. */
async function* wholeText(dialect: LogDialect, run: LogToolRun): AsyncGenerator<string> {
  yield* run.output;
  const { cutOff } = judgeLogTool(dialect, await run.ended);
  if (cutOff) throw new Fault('salvage-impossible', 'the log is cut off within a transaction');
}

async function drain(chunks: AsyncIterable<string>): Promise<void> {
  for await (const _chunk of chunks);
}

function whyNot({ reversed }: LogDialect, { other }: SurplusScan): string | undefined {
  if (reversed === undefined) return noReverse;
  if (other === undefined) return undefined;
  const shown = other.slice(0, shownCharacters).replaceAll(/\s+/g, ' ');
  return `it holds more than changes of rows: ${shown}`;
}
