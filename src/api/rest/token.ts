/**
 * The bearer token: one secret in the data directory, made at the controller's first start and readable by
 * its user only. Whoever can read that file may do what the controller can do.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../contract/errors.ts';

const tokenBytes = 32;
/** Shorter ones, as people write into the file themselves, could be guessed. */
const minimumLength = 16;

/** Reads the token, or makes it when there is none yet. Throws `config-invalid` when the file cannot serve. */
export async function readOrMakeToken(
  dataDirectory: string,
): Promise<{ readonly token: string; readonly file: string }> {
  const file = path.join(dataDirectory, 'token');
  try {
    return { token: (await readToken(file)) ?? (await makeToken(dataDirectory, file)), file };
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('config-invalid', `${file}: ${(thrown as Error).message}`, { cause: thrown });
  }
}

async function readToken(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  const token = text?.trim();
  if (token === undefined) return undefined;
  if (token.length < minimumLength || !/^[\x21-\x7e]+$/.test(token)) {
    throw new Fault(
      'config-invalid',
      `${file}: not a token (${minimumLength} or more characters without spaces); delete it to get a new one`,
    );
  }
  return token;
}

/** Linked into place only when whole: a crash leaves no half token, and of two that start at once one wins. */
async function makeToken(dataDirectory: string, file: string): Promise<string> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const fresh = randomBytes(tokenBytes).toString('base64url');
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${fresh}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(draft, file);
    return fresh;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    const theirs = await readToken(file);
    if (theirs === undefined) throw thrown;
    return theirs;
  } finally {
    await rm(draft, { force: true });
  }
}
