/** What the agent says of its server's data, and what it does with data that a copy replaced. */
import { statfs } from 'node:fs/promises';
import type { HostData } from '../../core/host.ts';
import { settleCopy, spareBytes, unprovenCopy } from './data-swap.ts';

export function hostData(dataFolder: string): HostData {
  return {
    room: async ({ signal }) => {
      const { bavail, bsize } = await statfs(dataFolder);
      return { free: bavail * bsize, spare: await spareBytes(dataFolder, signal) };
    },
    unproven: () => unprovenCopy(dataFolder),
    settle: ({ keepOldData }, { signal }) => settleCopy(dataFolder, keepOldData, signal),
  };
}
