/** Reads from a dead server's log, whose transactions have no names, what comes after a place in it. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { LogPlace, Tail, TailRequest } from '../../core/host.ts';
import { position } from '../../core/positions.ts';
import type { LogDialect } from '../sql/log-dialect.ts';
import { logFiles } from '../sql/log-files.ts';
import type { Place } from '../sql/place-dialect.ts';
import { tailAfter } from '../sql/read-tail.ts';
import { mysqlLog } from './log-words.ts';
import { isAnonymous, placeNamer } from './place-marks.ts';
import { mysqlPositions, placesIn, positionAt } from './positions.ts';

/** A log file's first four bytes; one that has no more was cut off while it was made. */
const magicBytes = 4;

const log: LogDialect = {
  ...mysqlLog,
  reader: () => (statement) =>
    isAnonymous(statement) ? { kind: 'names', position: position('') } : mysqlLog.reader()(statement),
  gather: (after, names) => names.reduce((all, name) => mysqlPositions.union(all, name), after),
};

/** Throws `salvage-impossible` when the place is not in this server's log, and when that was purged too far. */
export async function readTailFromPlace(
  logPlace: LogPlace,
  { after }: TailRequest,
  call: Call,
): Promise<Tail> {
  const from = placesIn(after).find(({ server }) => server !== '');
  const own = await identityOf(logPlace);
  if (from === undefined || from.server !== own) {
    throw new Fault(
      'salvage-impossible',
      `${after} is not a place in the log of this server, which is ${own}`,
    );
  }
  const files = await filesFrom(logPlace, from);
  const first = files[0];
  if (first === undefined) throw new Fault('salvage-impossible', `the log has no ${from.file} any more`);
  // A machine that crashed may have lost what it had sent: then others have more, and there is nothing here.
  const reading = {
    dialect: log,
    tool: logPlace.tool,
    args: ['--verify-binlog-checksum', `--start-position=${from.offset}`, ...files],
    namer: () => placeNamer({ server: own, files: files.map((file) => basename(file)) }),
  };
  return tailAfter(positionAt(from), reading, call);
}

async function filesFrom(logPlace: LogPlace, { file }: Place): Promise<readonly string[]> {
  const files = await logFiles(logPlace);
  const at = files.findIndex((each) => basename(each) === file);
  const wanted = at < 0 ? [] : files.slice(at);
  const [first, ...rest] = wanted;
  const sizes = await Promise.all(rest.map(sizeOf));
  const begun = rest.filter((_, index) => (sizes[index] ?? 0) > magicBytes);
  return first === undefined ? [] : [first, ...begun];
}

async function sizeOf(file: string): Promise<number> {
  const { size } = await stat(file).catch((thrown: unknown) => {
    throw new Fault('salvage-impossible', `a file of the log is missing: ${file}`, { cause: thrown });
  });
  return size;
}

/** `server_uuid`, which a server keeps beside its data. */
async function identityOf({ dataFolder }: LogPlace): Promise<string> {
  const file = join(dataFolder, 'auto.cnf');
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new Fault('salvage-impossible', `the server's identity cannot be read: ${file}`, { cause: thrown });
  });
  return /^server-uuid=(\S+)$/m.exec(text)?.[1]?.toLowerCase() ?? 'unknown';
}
