/** `npm run demo [-- --once] [--engine mariadb|mysql] [--folder PATH]` */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { SqlEngineKind } from '../src/core/observation.ts';

export const usageText = `usage: npm run demo [-- OPTIONS]

  --once              run through, then stop everything
  --engine ENGINE     mariadb or mysql (default mariadb)
  --folder PATH       where the controller keeps its files (default .dauphin/demo)
  --help              this
`;

export interface DemoOptions {
  readonly once: boolean;
  readonly engine: SqlEngineKind;
  readonly folder: string;
  readonly help: boolean;
}

/** Throws an Error that says what is wrong with them. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      engine: { type: 'string', default: 'mariadb' },
      folder: { type: 'string', default: '.dauphin/demo' },
      help: { type: 'boolean', default: false },
    },
  });
  const { engine } = values;
  if (engine !== 'mariadb' && engine !== 'mysql')
    throw new Error(`--engine ${engine}: mariadb or mysql is wanted`);
  return { once: values.once, help: values.help, engine, folder: resolve(values.folder) };
}
