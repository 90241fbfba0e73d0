/**
 * Chooses the fewest of a log's newest files that hold everything after a position: each begins with what was logged
 * before it. Old files, which may be many gigabytes, are not looked at.
 */
import { stat } from 'node:fs/promises';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { LogPlace } from '../../core/host.ts';
import type { Position } from '../../core/positions.ts';
import { encryptedLog, judgeLogTool } from './judge-log-tool.ts';
import type { LogDialect } from './log-dialect.ts';
import { logFiles } from './log-files.ts';
import { runLogTool } from './log-tool.ts';

/** A log file's first four bytes; one that has no more was cut off while it was made. */
const magicBytes = 4;

/** Throws `salvage-impossible` when what comes after the position was purged in part, and when it cannot be told. */
export async function chooseFiles(
  dialect: LogDialect,
  place: LogPlace,
  after: Position,
  call: Call,
): Promise<readonly string[]> {
  const files = await logFiles(place);
  let oldest: Position | undefined;
  for (let at = files.length - 1; at >= 0; at -= 1) {
    const file = files[at] as string;
    if (at === files.length - 1 && at > 0 && (await isBarelyMade(file))) {
      files.splice(at, 1);
      continue;
    }
    oldest = await beginningOf(dialect, place.tool, file, call);
    const order = dialect.positions.compare(oldest, after);
    if (order === 'equal' || order === 'behind') return files.slice(at);
  }
  throw purged(dialect, oldest, after);
}

async function isBarelyMade(file: string): Promise<boolean> {
  const found = await stat(file).catch((thrown: unknown) => {
    throw new Fault('salvage-impossible', `a file of the log is missing: ${file}`, { cause: thrown });
  });
  return found.size <= magicBytes;
}

/** Stops the reader as soon as its first lines have told. */
async function beginningOf(dialect: LogDialect, tool: string, file: string, call: Call): Promise<Position> {
  const run = runLogTool(tool, [file], call.signal);
  let text = '';
  for await (const chunk of run.output) {
    text += chunk;
    const told = dialect.beginning(text);
    if (told === 'encrypted') throw encryptedLog();
    if (told !== undefined) return told;
  }
  judgeLogTool(dialect, await run.ended);
  throw new Fault('salvage-impossible', `${file} does not say which GTIDs came before it`);
}

function purged({ positions }: LogDialect, oldest: Position | undefined, after: Position): Fault {
  const lacking = oldest === undefined ? '' : positions.missing(oldest, after).text;
  return new Fault(
    'salvage-impossible',
    `the log was purged too far: it begins after ${oldest ?? 'nothing'}, and ${lacking} is in none of its files`,
  );
}
