/** Gives and takes copies of the agent's server, with its engine's own backup tool. */
import { join } from 'node:path';
import type { HostBackup, HostCopies } from '../../core/host.ts';
import type { ServerConfiguration } from './agent-configuration.ts';
import { handOver, makeRoom, swapData } from './data-swap.ts';
import type { Fence } from './fence.ts';
import { Turns } from './turns.ts';

export interface HostCopiesParts {
  readonly backup: HostBackup;
  readonly server: Pick<ServerConfiguration, 'socket' | 'address' | 'dataFolder'>;
  /** The agent's own folder. */
  readonly dataDir: string;
  readonly fence: Pick<Fence, 'whileDown'>;
}

export function hostCopies({ backup, server, dataDir, fence }: HostCopiesParts): HostCopies {
  const { socket, address, dataFolder } = server;
  const from = {
    scratch: join(dataDir, 'copy'),
    ...(socket === undefined ? {} : { socket }),
    ...(address === undefined ? {} : { address }),
  };
  /** A controller that takes an operation over may ask while what its predecessor asked for is not over yet. */
  const takes = new Turns();
  return {
    give: (account, call) => backup.take(from, account, call),
    take: (copy, call) =>
      takes.take(async () => {
        call.signal.throwIfAborted();
        const fresh = await makeRoom(dataFolder, call.signal);
        const position = await backup.unpack(fresh, copy, call);
        await handOver(fresh, dataFolder, position, call.signal);
        return { position, oldData: await fence.whileDown(call, () => swapData(dataFolder)) };
      }),
  };
}
