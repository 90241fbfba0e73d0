/** Where the controller is, how to be let in, and how to print: from the options, else the environment. */
import { readFile } from 'node:fs/promises';
import { Fault } from '../contract/errors.ts';
import type { CliIo } from './cli-io.ts';

export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
  /** False after `--no-color`. */
  readonly color?: boolean;
}

export interface Settings {
  readonly url: string;
  /** Absent when none was given and none lies at the usual place; the controller will then say so. */
  readonly token?: string;
  readonly json: boolean;
  readonly colour: boolean;
}

const defaultUrl = 'http://127.0.0.1:7432';
const defaultTokenFile = './.dauphin/token';

export async function readSettings(options: GlobalOptions, io: CliIo): Promise<Settings> {
  const { env } = io;
  const url = checkedUrl(options.url ?? filled(env.DAUPHIN_URL) ?? defaultUrl);
  const token = await findToken(options, env);
  return {
    url,
    json: options.json ?? false,
    colour: io.isTTY && options.color !== false && filled(env.NO_COLOR) === undefined,
    ...(token === undefined ? {} : { token }),
  };
}

/** An empty variable is as good as none. */
function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) return text.replace(/\/+$/, '');
  throw new Fault('config-invalid', `the URL of the controller is not one: ${text}`, {
    details: { hint: 'Give --url or DAUPHIN_URL as http://HOST:PORT.' },
  });
}

async function findToken(options: GlobalOptions, env: CliIo['env']): Promise<string | undefined> {
  const token = options.token ?? (options.tokenFile === undefined ? filled(env.DAUPHIN_TOKEN) : undefined);
  if (token !== undefined) return checkedToken(token, 'the token');
  const named = options.tokenFile ?? filled(env.DAUPHIN_TOKEN_FILE);
  const file = named ?? defaultTokenFile;
  try {
    return checkedToken((await readFile(file, 'utf8')).trim(), file);
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    if (named === undefined && (thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('config-invalid', `the token file cannot be read: ${(thrown as Error).message}`, {
      cause: thrown,
      details: { hint: 'Give --token-file or DAUPHIN_TOKEN_FILE: the `token` file in the data directory.' },
    });
  }
}

/** What cannot be put in a header would only fail later and less clearly. */
function checkedToken(token: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Fault('config-invalid', `${where} does not hold a token`, {
    details: {
      hint: "A token is one word; the controller's lies in the `token` file of its data directory.",
    },
  });
}
