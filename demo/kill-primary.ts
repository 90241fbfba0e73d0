/** `kill -9`, as anybody may do it to the server that takes the writes now. */
import { readFile } from 'node:fs/promises';
import type { DatabaseServer } from '../test/kit/database-server.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import { primaryOf } from './tally.ts';

/** Where the server itself writes its process id; whoever has started it, this is the one that runs. */
export const pidFile = ({ folder }: DatabaseServer): string => `${folder}/my.pid`;

/** Throws when the cluster has no primary that answers. */
export async function killPrimary(stage: Stage, screen: Screen): Promise<DatabaseServer> {
  const primary = await primaryOf(stage);
  const pid = Number(await readFile(pidFile(primary), 'utf8'));
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`${pidFile(primary)} names no process`);
  screen.command(`kill -KILL ${pid}    # ${primary.name}, the primary`);
  process.kill(pid, 'SIGKILL');
  return primary;
}
