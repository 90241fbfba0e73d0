import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfiguration } from './control/configuration/parse-configuration.ts';
import { importSentinel } from './import-sentinel.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dauphin-import-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const conf = `port 26379
sentinel monitor orders 10.0.0.1 6379 2
sentinel auth-pass orders s3cr$t
sentinel down-after-milliseconds orders 5000
sentinel known-replica orders 10.0.0.2 6379
sentinel known-sentinel orders 10.0.0.9 26379 0123456789abcdef0123456789abcdef01234567
sentinel client-reconfig-script orders /usr/local/bin/moved.sh
sentinel deny-scripts-reconfig yes
`;

function imported(environmentFile?: string): { readonly out: string; readonly err: string } {
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, conf);
  const said = { out: '', err: '' };
  importSentinel(file, environmentFile === undefined ? {} : { environmentFile }, {
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
  });
  return said;
}

it('gives a configuration that is taken, and says what it does not take over', () => {
  const { out, err } = imported();
  const environment: Record<string, string> = {};
  for (const [, name = ''] of out.matchAll(/\$\{(\w+)\}/g)) environment[name] = 'x';
  const surroundings = { environment, folder, readText: () => '' };
  const { clusters, sentinel } = parseConfiguration(out, 'dauphin.yaml', surroundings);
  expect(sentinel?.port).toBe(26379);
  expect(clusters[0]?.policy).toMatchObject({
    name: 'orders',
    engine: 'redis',
    failover: { mode: 'automatic' },
  });
  expect(clusters[0]?.policy.seeds).toContainEqual({ host: '10.0.0.1', port: 6379 });
  expect(out).not.toContain('s3cr');
  expect(err).not.toContain('s3cr');
  expect(err).toMatch(/sentinel\.conf:7: .*script/);
});

it('writes passwords only where it is told to, for its owner alone, and over nothing', () => {
  const file = join(folder, 'environment');
  imported(file);
  expect(readFileSync(file, 'utf8')).toContain('"s3cr\\$t"');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => imported(file)).toThrow(/EEXIST/);
});

it('says that there is no such file', () => {
  expect(() => importSentinel('/nowhere/sentinel.conf', {}, process)).toThrow(/cannot be read/);
});
