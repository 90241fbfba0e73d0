/** Finds and reads the configuration file. */
import { readFileSync } from 'node:fs';
import { Fault } from '../../contract/errors.ts';
import type { Configuration } from './configuration.ts';
import { parseConfiguration } from './parse-configuration.ts';

const DEFAULT_FILE = 'dauphin.yaml';

/**
 * Without a path: `dauphin.yaml` in the working folder, and where there is none, every key's default. Relative
 * paths in a file start from its folder.
 */
export function loadConfiguration(path: string | undefined): Configuration {
  const file = path ?? DEFAULT_FILE;
  try {
    return parseConfiguration(readFileSync(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' && path === undefined) return parseConfiguration('', file);
    const why = code === 'ENOENT' ? 'there is no such file' : cause instanceof Error ? cause.message : cause;
    throw new Fault('config-invalid', `${file}: ${String(why)}`, { cause });
  }
}
