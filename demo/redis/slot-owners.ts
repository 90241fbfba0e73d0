/** Who has which slots, as the cluster itself says. */
import { awaitAgreement } from '../../test/kit/redis/cluster-agreement.ts';
import { clusterNodes } from '../../test/kit/redis/cluster-nodes.ts';
import { keySlot } from '../../test/kit/redis/key-slot.ts';
import type { RedisServer } from '../../test/kit/redis/redis-server.ts';
import type { Stage } from './stage.ts';

/** Longer than the cluster takes to see that a dead one is dead. */
const AGREED_MS = 20_000;

/** Undefined for a key whose slot belongs to none of them. */
export type OwnerOf = (key: string) => RedisServer | undefined;

/** Of `servers`, those that run and are of the cluster are asked, once they all say the same. */
export async function slotOwners({ servers }: Pick<Stage, 'servers'>): Promise<OwnerOf> {
  const running = servers.filter((server) => server.running);
  const [asked] = running;
  if (asked === undefined) throw new Error('no node of the cluster runs');
  const known = new Set((await clusterNodes(asked)).map(({ address }) => address.port));
  await awaitAgreement(
    running.filter(({ address }) => known.has(address.port)),
    AGREED_MS,
  );
  const byPort = new Map(servers.map((server) => [server.address.port, server]));
  const owners = new Map<number, RedisServer | undefined>();
  for (const { address, slots } of await clusterNodes(asked)) {
    for (const [first, last] of slots) {
      for (let slot = first; slot <= last; slot++) owners.set(slot, byPort.get(address.port));
    }
  }
  return (key) => owners.get(keySlot(key));
}
