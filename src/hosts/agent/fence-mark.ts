/**
 * What the agent has promised of its server, on its own disk so that a restart of the agent keeps it: that it stays
 * down, and that its next start comes up read-only.
 */
import { chmod, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { orderStampSchema } from '../../contract/agent-schema.ts';
import { Fault } from '../../contract/errors.ts';

const markSchema = z.object({
  fenced: z.boolean(),
  startsReadOnly: z.boolean(),
  /** The latest that fenced; absent when it was in nobody's name. */
  order: orderStampSchema.exactOptional(),
});

export type Mark = Readonly<z.infer<typeof markSchema>>;

const none: Mark = { fenced: false, startsReadOnly: false };

export interface MarkFiles {
  /** The agent's own folder. */
  readonly dataDir: string;
  /** A piece of the server's configuration that the agent may write. */
  readonly readOnlyFile?: string;
  readonly readOnlyLines: readonly string[];
}

/** Throws `config-invalid` when what is there cannot be read: a fence must not be lost to a damaged file. */
export async function readMark({ dataDir }: MarkFiles): Promise<Mark> {
  const path = markFile(dataDir);
  try {
    return markSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return none;
    throw new Fault('config-invalid', `${path}: ${String(thrown)}`, { cause: thrown });
  }
}

/** On the disk when it returns. */
export async function writeMark(files: MarkFiles, mark: Mark): Promise<void> {
  const { dataDir, readOnlyFile, readOnlyLines } = files;
  await writeThrough(markFile(dataDir), `${JSON.stringify(mark)}\n`, 0o600);
  if (readOnlyFile === undefined) return;
  // The server, which may be another user, reads it.
  if (mark.startsReadOnly) await writeThrough(readOnlyFile, `${readOnlyLines.join('\n')}\n`, 0o644);
  else await rm(readOnlyFile, { force: true });
}

const markFile = (dataDir: string): string => join(dataDir, 'fence.json');

async function writeThrough(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode, flush: true });
  // Whatever the process's umask is: a file that the server cannot read would leave it writable.
  await chmod(draft, mode);
  await rename(draft, path);
  const folder = await open(join(path, '..'));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
