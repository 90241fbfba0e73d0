/** Which Redis and Valkey servers there are to test with: the system's own, and those unpacked beside it. */
import { spawnSync } from 'node:child_process';
import { engineRoot } from '../engine-root.ts';

export interface RedisFlavour {
  /** Product and version, as in a test's name: `valkey 9.1`. */
  readonly name: string;
  readonly product: 'redis' | 'valkey';
  /** Major and minor. */
  readonly version: string;
  readonly program: string;
  /** Why it is not on this machine: a test that needs it is skipped with this. */
  readonly unavailable: string | undefined;
}

/** Debian's; every test without a flavour of its own runs on it. */
export const systemRedis: RedisFlavour = systemFlavour();

export const redisFlavours: readonly RedisFlavour[] = [
  systemRedis,
  unpacked('redis', '8.0'),
  unpacked('valkey', '8.1'),
  unpacked('valkey', '9.1'),
];

function systemFlavour(): RedisFlavour {
  const program = '/usr/bin/redis-server';
  const said = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout;
  const version = /v=(\d+\.\d+)/.exec(said ?? '')?.[1];
  return {
    name: version === undefined ? 'redis of the system' : `redis ${version}`,
    product: 'redis',
    version: version ?? '7.0',
    program,
    unavailable:
      version === undefined
        ? 'Redis is not installed: run through `node scripts/run.mjs --needs redis`'
        : undefined,
  };
}

function unpacked(product: RedisFlavour['product'], version: string): RedisFlavour {
  const name = `${product} ${version}`;
  const root = engineRoot(name, `${product}-${version}`, 'valkey');
  return {
    name,
    product,
    version,
    program: `${root.folder}/usr/bin/${product}-server`,
    unavailable: root.unavailable(),
  };
}
