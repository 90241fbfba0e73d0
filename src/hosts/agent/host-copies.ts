/** Gives and takes copies of the agent's server, with its engine's own backup tool. */
import { join } from 'node:path';
import type { Call } from '../../core/clock.ts';
import type { HostAgent, HostBackup, HostCopies } from '../../core/host.ts';
import type { ServerConfiguration } from './agent-configuration.ts';
import { makeRoom, swapData } from './data-swap.ts';

export interface HostCopiesParts {
  readonly backup: HostBackup;
  readonly server: ServerConfiguration;
  /** The agent's own folder. */
  readonly dataDir: string;
  /** The server is down, and stays so, when it returns. */
  readonly fence: HostAgent['fence'];
}

export function hostCopies({ backup, server, dataDir, fence }: HostCopiesParts): HostCopies {
  const { socket, address, dataFolder } = server;
  const from = {
    scratch: join(dataDir, 'copy'),
    ...(socket === undefined ? {} : { socket }),
    ...(address === undefined ? {} : { address }),
  };
  return {
    give: (account, call) => backup.take(from, account, call),
    take: async (copy, call: Call) => {
      const position = await backup.unpack(await makeRoom(dataFolder), copy, call);
      await fence(call);
      return { position, oldData: await swapData(dataFolder) };
    },
  };
}
