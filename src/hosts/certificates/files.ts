/** Keys and certificates on disk: for their owner's eyes only, and never half written. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, makeAuthority, openAuthority } from './authority.ts';
import type { Credentials } from './credentials.ts';

const secret = 0o600;

/** Made at the controller's first start. `now` in epoch milliseconds. */
export async function openOrMakeAuthority(dataDir: string, now: number): Promise<Authority> {
  const file = join(dataDir, 'authority.pem');
  const text = await readIfThere(file);
  if (text !== undefined) {
    const [key = '', certificate = ''] = text.split(/(?<=-----END PRIVATE KEY-----\n)/);
    return openAuthority({ key, certificate });
  }
  const made = await makeAuthority(now);
  await keep(dataDir, file, `${withLineEnd(made.files.key)}${withLineEnd(made.files.certificate)}`);
  return made;
}

/** Undefined when the agent has not joined yet. */
export async function readCredentials(dataDir: string): Promise<Credentials | undefined> {
  const text = await readIfThere(credentialsFile(dataDir));
  return text === undefined ? undefined : (JSON.parse(text) as Credentials);
}

/** One file, so that a key never stands beside another's certificate. */
export function writeCredentials(dataDir: string, credentials: Credentials): Promise<void> {
  return keep(dataDir, credentialsFile(dataDir), `${JSON.stringify(credentials, undefined, 2)}\n`);
}

const credentialsFile = (dataDir: string): string => join(dataDir, 'certificate.json');

const withLineEnd = (text: string): string => `${text.trimEnd()}\n`;

async function keep(folder: string, file: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  await writeFile(draft, text, { mode: secret, flush: true });
  await rename(draft, file);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
