/**
 * Salvaged logs as files in one folder, byte for byte (a character is a byte): the failover reads them back, and people find them there
 * afterwards.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { SalvageShelf } from '../../core/host.ts';

/** Rows of a database are in them: for nobody else's eyes. */
const fileMode = 0o600;
const folderMode = 0o700;

export function openSalvageShelf(folder: string): SalvageShelf {
  return {
    keep: (name, statements, call) => keep(join(folder, name), statements, call),
    async *read(file) {
      yield* createReadStream(file, { encoding: 'latin1' });
    },
  };
}

/** A file has its name only once all of it is on the disk. */
async function keep(path: string, statements: AsyncIterable<string>, call: Call): Promise<string> {
  const part = `${path}.part`;
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: folderMode });
    const file = await open(part, 'w', fileMode);
    try {
      for await (const chunk of statements) {
        call.signal.throwIfAborted();
        await file.write(Buffer.from(chunk, 'latin1'));
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    return path;
  } catch (thrown) {
    await rm(part, { force: true }).catch(() => undefined);
    if (thrown instanceof Fault || call.signal.aborted) throw thrown;
    const message = `${path}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    throw new Fault('store-unavailable', message, { cause: thrown });
  }
}
