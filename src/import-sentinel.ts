/** `dauphin import sentinel FILE`: a configuration of Dauphin out of a sentinel.conf. Needs no controller. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseSentinelConf, renderConfiguration } from './api/sentinel/index.ts';
import { Fault } from './contract/errors.ts';

export interface ImportOptions {
  /** Where the passwords go, as lines of an environment file that only its owner may read. */
  readonly environmentFile?: string;
}

interface Output {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** The configuration goes to standard output; what was not taken over, line by line, to standard error. */
export function importSentinel(file: string, { environmentFile }: ImportOptions, output: Output): void {
  const imported = parseSentinelConf(textOf(file));
  const { yaml, environment } = renderConfiguration(imported, file);
  output.stdout.write(yaml);
  for (const { line, weight, text } of imported.warnings)
    output.stderr.write(`${file}:${line}: ${weight === 'note' ? 'note: ' : ''}${text}\n`);
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}\n`);
  if (lines.length === 0) return;
  if (environmentFile === undefined) {
    const names = Object.keys(environment).join(', ');
    output.stderr.write(`passwords are not printed; --environment-file FILE writes them: ${names}\n`);
    return;
  }
  writeFileSync(environmentFile, lines.join(''), { mode: 0o600, flag: 'wx' });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Fault('bad-request', `${file} cannot be read: ${why}`);
  }
}

/** As systemd's EnvironmentFile and a shell both read it. */
const quoted = (value: string): string => `"${value.replace(/["\\$`]/g, '\\$&')}"`;
