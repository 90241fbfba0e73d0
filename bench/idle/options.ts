/** `idle [--servers N,N] [--seconds N]` */
import { parseArgs } from 'node:util';
import { UsageError, wholeNumber } from '../usage.ts';

export interface IdleOptions {
  /** How many servers, for each measurement; each a multiple of `CLUSTER_SIZE`. */
  readonly servers: readonly number[];
  readonly seconds: number;
}

/** A primary and three replicas. */
export const CLUSTER_SIZE = 4;

export function readIdleOptions(args: readonly string[]): IdleOptions {
  const { servers = '4,40', seconds = '30' } = parse(args);
  return {
    servers: servers.split(',').map(clusterful),
    seconds: wholeNumber('--seconds', seconds, { min: 1, max: 3600 }),
  };
}

function clusterful(text: string): number {
  const count = wholeNumber('--servers', text, { min: CLUSTER_SIZE, max: 200 });
  if (count % CLUSTER_SIZE !== 0) {
    throw new UsageError(`--servers ${text}: they come in clusters of ${CLUSTER_SIZE}`);
  }
  return count;
}

function parse(args: readonly string[]): { servers?: string; seconds?: string } {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { servers: text, seconds: text } }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
