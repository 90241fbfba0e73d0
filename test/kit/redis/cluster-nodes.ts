/** What a node says of its cluster: `CLUSTER NODES`, read. https://redis.io/docs/latest/commands/cluster-nodes/ */
import type { Address } from '../../../src/core/identity.ts';
import type { RedisServer } from './redis-server.ts';

export interface ClusterNode {
  readonly id: string;
  readonly address: Address;
  readonly flags: readonly string[];
  /** Whom it follows; undefined for a primary. */
  readonly primaryId: string | undefined;
  readonly configEpoch: number;
  /** The bus link from the node that was asked. */
  readonly linked: boolean;
  /** First and last of each range. */
  readonly slots: readonly (readonly [number, number])[];
}

export async function clusterNodes(server: RedisServer): Promise<readonly ClusterNode[]> {
  const text = String(await server.command('CLUSTER', 'NODES'));
  return text.split('\n').filter(Boolean).map(readNode);
}

export function ownsSlot({ slots }: ClusterNode, slot: number): boolean {
  return slots.some(([first, last]) => first <= slot && slot <= last);
}

function readNode(line: string): ClusterNode {
  const [id = '', place = '', flags = '', primary = '-', , , epoch = '', link = '', ...slots] =
    line.split(' ');
  const [, host = '', port = ''] = /^(.*):(\d+)@/.exec(place) ?? [];
  return {
    id,
    address: { host, port: Number(port) },
    flags: flags.split(','),
    primaryId: primary === '-' ? undefined : primary,
    configEpoch: Number(epoch),
    linked: link === 'connected',
    // `[93-<-id]` is a slot on the move.
    slots: slots.filter((range) => !range.startsWith('[')).map(readRange),
  };
}

function readRange(range: string): readonly [number, number] {
  const [first = '', last = first] = range.split('-');
  return [Number(first), Number(last)];
}
