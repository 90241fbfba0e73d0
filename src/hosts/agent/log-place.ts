/** Where the server's log lies, when nobody has said so. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../contract/errors.ts';
import type { EngineHost, LogPlace } from '../../core/host.ts';
import type { ServerConfiguration } from './agent-configuration.ts';

/** A replica's received log has an index of its own; its name says so unless somebody named it otherwise. */
const received = /relay/i;

/** Throws `salvage-impossible` when it cannot be told. */
export async function findLog(server: ServerConfiguration, engine: EngineHost): Promise<LogPlace> {
  const { dataFolder, logIndex, logTool = engine.logTool } = server;
  return { dataFolder, tool: logTool, index: logIndex ?? (await soleIndex(dataFolder)) };
}

async function soleIndex(dataFolder: string): Promise<string> {
  const names = await readdir(dataFolder).catch((thrown: unknown) => {
    throw new Fault('salvage-impossible', `the data folder cannot be read: ${String(thrown)}`, {
      cause: thrown,
    });
  });
  const found = names.filter((name) => name.endsWith('.index') && !received.test(name));
  if (found.length === 1) return join(dataFolder, found[0] as string);
  throw new Fault(
    'salvage-impossible',
    `${dataFolder} has ${found.length === 0 ? 'no log' : `several logs (${found.join(', ')})`}; server.logIndex can name it`,
  );
}
