/**
 * A MySQL server that encrypts its logs, with its keys in a file. Which keyring a server uses stands beside its program
 * (https://dev.mysql.com/doc/refman/9.5/en/keyring-component-installation.html), so this one has a program of its own.
 */
import { link, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseServer, StartServerOptions } from './database-server.ts';
import { createWorkFolder, type WorkFolder } from './folder.ts';
import { MYSQL_PLUGINS, MYSQLD, startMysql } from './mysql.ts';
import { serverUser } from './server-user.ts';
import { giveTo } from './template.ts';

const component = 'component_keyring_file';

export async function startEncryptedMysql(
  options: StartServerOptions,
  resources: AsyncDisposableStack,
): Promise<DatabaseServer> {
  // The program finds its libraries from where it lies.
  const beside = resources.use(await createWorkFolder('keyring', dirname(dirname(MYSQLD))));
  const program = beside.file('bin/mysqld');
  await mkdir(dirname(program));
  await mkdir(beside.file('keys'));
  await giveTo(serverUser(beside.path), beside.file('keys'));
  await link(MYSQLD, program);
  await link(`${MYSQL_PLUGINS}/${component}.so`, beside.file(`${component}.so`));
  await describe(beside, 'bin/mysqld.my', { components: `file://${component}` });
  await describe(beside, `${component}.cnf`, { path: beside.file('keys/keyring'), read_only: false });
  const args = [`--plugin-dir=${beside.path}`, '--binlog-encryption=ON', ...(options.args ?? [])];
  return resources.use(await startMysql({ ...options, program, args }));
}

const describe = (folder: WorkFolder, file: string, text: object): Promise<void> =>
  writeFile(folder.file(file), JSON.stringify(text), { mode: 0o644 });
