/** `npm run demo [-- [redis] [--once] [--engine mariadb|mysql] [--folder PATH]]` */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { SqlEngineKind } from '../src/core/observation.ts';

export const usageText = `usage: npm run demo [-- [redis] OPTIONS]

  redis               a Redis Cluster in place of MariaDB

  --once              run through, then stop everything
  --engine ENGINE     mariadb or mysql (default mariadb)
  --folder PATH       where the controller keeps its files (default .dauphin/demo)
  --help              this
`;

export interface DemoOptions {
  readonly once: boolean;
  readonly engine: SqlEngineKind | 'redis';
  readonly folder: string;
  readonly help: boolean;
}

/** Throws an Error that says what is wrong with them. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      engine: { type: 'string' },
      folder: { type: 'string', default: '.dauphin/demo' },
      help: { type: 'boolean', default: false },
    },
  });
  const engine = engineOf(positionals, values.engine);
  return { once: values.once, help: values.help, engine, folder: resolve(values.folder) };
}

function engineOf(positionals: readonly string[], named: string | undefined): DemoOptions['engine'] {
  const [shown, ...more] = positionals;
  if (more.length > 0 || (shown !== undefined && shown !== 'redis'))
    throw new Error(`${positionals.join(' ')}: redis, or nothing, is wanted`);
  if (shown === 'redis' && named !== undefined) throw new Error('redis and --engine do not go together');
  if (shown === 'redis') return 'redis';
  const engine = named ?? 'mariadb';
  if (engine !== 'mariadb' && engine !== 'mysql')
    throw new Error(`--engine ${engine}: mariadb or mysql is wanted`);
  return engine;
}
