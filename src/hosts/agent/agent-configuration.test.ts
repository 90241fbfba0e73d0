import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAgentConfiguration } from './agent-configuration.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dauphin-agent-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, text);
  return loadAgentConfiguration(file);
}

test('relative paths start from the file’s folder, and the port has a default', () => {
  const read = load(`
listen: 10.0.0.1
dataDir: own
server:
  engine: mariadb
  dataFolder: .
  socket: my.sock
  supervise: { kind: systemd, unit: mariadb.service }
`);
  expect(read.listen).toEqual({ host: '10.0.0.1', port: 7433 });
  expect(read.dataDir).toBe(join(folder, 'own'));
  expect(read.server).toMatchObject({ dataFolder: folder, socket: join(folder, 'my.sock') });
});

test('the data folder is named as the kernel does, also while another is about to be put in its place', () => {
  symlinkSync('disk', join(folder, 'linked'));
  const read = load(`
listen: 10.0.0.1
dataDir: own
server:
  engine: mariadb
  dataFolder: linked
  socket: my.sock
  supervise: { kind: systemd, unit: mariadb.service }
`);
  expect(read.server.dataFolder).toBe(join(folder, 'disk'));
});

test('each problem is told with the key that it is about', () => {
  const wrong = `
listen: 10.0.0.1:99999
dataDir: own
server:
  engine: oracle
  dataFolder: .
  supervise: { kind: pid-file }
  extra: 1
`;
  const told = (): unknown => load(wrong);
  expect(told).toThrow(/listen: must be host:port/);
  expect(told).toThrow(/server\.engine: /);
  expect(told).toThrow(/server\.supervise\.pidFile: /);
  expect(told).toThrow(/"extra"/);
});

test('a file that is missing is told as such', () => {
  expect(() => loadAgentConfiguration(join(folder, 'none.yaml'))).toThrow(
    expect.objectContaining({ code: 'config-invalid' }),
  );
});
