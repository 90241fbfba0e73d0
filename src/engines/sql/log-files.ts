/** The files of a server's log, in order, as its index lists them. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../../contract/errors.ts';
import type { LogPlace } from '../../core/host.ts';

/** Throws `salvage-impossible` when there is no index or nothing in it. */
export async function logFiles({ index, dataFolder }: LogPlace): Promise<string[]> {
  const text = await readFile(index, 'utf8').catch((thrown: unknown) => {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault('salvage-impossible', `the log's index cannot be read: ${why}`, { cause: thrown });
  });
  const names = text.split('\n').filter((line) => line.trim() !== '');
  if (names.length === 0) throw new Fault('salvage-impossible', `${index} lists no file`);
  return names.map((name) => resolve(dataFolder, name));
}
