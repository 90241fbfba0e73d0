/** A server's own folder: a copy of the template, and places for its socket and logs. */
import { mkdir } from 'node:fs/promises';
import type { StartServerOptions } from './database-server.ts';
import { serverUser } from './server-user.ts';
import { copyTemplate, giveTo } from './template.ts';

export interface ServerPlace {
  readonly folder: string;
  readonly socket: string;
  readonly errorLog: string;
  readonly args: readonly string[];
  readonly asUser?: string;
}

export async function prepareFolder(options: StartServerOptions, template: string): Promise<ServerPlace> {
  const folder = `${options.folder}/${options.name}`;
  const user = serverUser(options.folder);
  await mkdir(folder);
  await giveTo(user, folder);
  await copyTemplate(template, `${folder}/data`);
  const socket = `${folder}/my.sock`;
  const errorLog = `${folder}/error.log`;
  return {
    folder,
    socket,
    errorLog,
    args: [
      ...user.args,
      `--datadir=${folder}/data`,
      // In a shared one, a MariaDB that starts deletes the temporary tables of those that run.
      `--tmpdir=${folder}`,
      `--socket=${socket}`,
      `--pid-file=${folder}/my.pid`,
      `--log-error=${errorLog}`,
    ],
    ...(user.switchTo === undefined ? {} : { asUser: user.switchTo.name }),
  };
}
