/**
 * What is published when a cluster has changed, from one look at it to the next: channel and payload, as Sentinel
 * writes them (sentinel.c, `sentinelEvent`), in the order in which clients need them (reference/redis.md 3.4):
 * `+switch-master` first, then `+slave`, which node-redis waits for, then who is down.
 */
import { type Address, sameAddress } from '../../core/identity.ts';
import type { InstanceView, PrimaryView, ReplicaView } from './sentinel-view.ts';

export interface Message {
  readonly channel: string;
  readonly payload: string;
}

export function switchMessages(
  before: readonly PrimaryView[],
  after: readonly PrimaryView[],
): readonly Message[] {
  const earlier = new Map(before.map((cluster) => [cluster.name, cluster]));
  const names = new Set(after.map(({ name }) => name));
  return [
    ...before.filter(({ name }) => !names.has(name)).flatMap((gone) => about(gone, '-monitor')),
    ...after.flatMap((cluster) => changesOf(earlier.get(cluster.name), cluster)),
  ];
}

function changesOf(before: PrimaryView | undefined, after: PrimaryView): readonly Message[] {
  // Who listens has never heard of a primary of this name.
  if (before?.last === undefined) {
    return [
      ...about(after, '+monitor', ` quorum ${after.quorum}`),
      ...after.replicas.flatMap((each) => replica('+slave', each, after)),
    ];
  }
  const switched = after.primary !== undefined && !sameAddress(before.last.address, after.primary.address);
  return switched
    ? [...switchOf(before.last.address, after), ...handOver(before, after)]
    : [...handOver(before, after), ...primaryHealth(before, after), ...replicaChanges(before, after)];
}

/** Clients take a server that they are told of by `+slave` for up until they hear `+sdown`. */
function switchOf(from: Address, after: PrimaryView): readonly Message[] {
  const to = after.primary?.address;
  if (to === undefined) return [];
  const payload = `${after.name} ${from.host} ${from.port} ${to.host} ${to.port}`;
  const replicas = after.replicas.toSorted(
    (a, b) => Number(sameAddress(b.address, from)) - Number(sameAddress(a.address, from)),
  );
  return [
    { channel: '+switch-master', payload },
    ...replicas.flatMap((each) => replica('+slave', each, after)),
    ...replicas.filter(({ down }) => down).flatMap((each) => replica('+sdown', each, after)),
  ];
}

function handOver(before: PrimaryView, after: PrimaryView): readonly Message[] {
  if (before.handingOver === after.handingOver) return [];
  return about(after, after.handingOver ? '+try-failover' : '+failover-end');
}

function primaryHealth(before: PrimaryView, after: PrimaryView): readonly Message[] {
  const was = before.last?.down?.how;
  const is = after.last?.down?.how;
  const quorum = ` #quorum ${after.quorum}/${after.quorum}`;
  return [
    ...(was === undefined && is !== undefined ? about(after, '+sdown') : []),
    ...(was !== undefined && is === undefined ? about(after, '-sdown') : []),
    ...(was !== 'objectively' && is === 'objectively' ? about(after, '+odown', quorum) : []),
    ...(was === 'objectively' && is !== 'objectively' ? about(after, '-odown') : []),
  ];
}

function replicaChanges(before: PrimaryView, after: PrimaryView): readonly Message[] {
  return after.replicas.flatMap((each) => {
    const earlier = before.replicas.find(({ address }) => sameAddress(address, each.address));
    const isDown = each.down !== undefined;
    const wasDown = earlier?.down !== undefined;
    return [
      ...(earlier === undefined ? replica('+slave', each, after) : []),
      ...(isDown === wasDown ? [] : replica(isDown ? '+sdown' : '-sdown', each, after)),
    ];
  });
}

function about(cluster: PrimaryView, channel: string, rest = ''): readonly Message[] {
  const { last } = cluster;
  return last === undefined ? [] : [{ channel, payload: `master ${named(cluster.name, last)}${rest}` }];
}

function replica(channel: string, each: ReplicaView, cluster: PrimaryView): readonly Message[] {
  const { last } = cluster;
  if (last === undefined) return [];
  const own = named(nameOf(each.address), each);
  return [{ channel, payload: `slave ${own} @ ${named(cluster.name, last)}` }];
}

const named = (name: string, { address }: InstanceView): string => `${name} ${address.host} ${address.port}`;

/** A replica has no name of its own: Sentinel calls it by its address, without brackets around an IPv6 one. */
export const nameOf = ({ host, port }: Address): string => `${host}:${port}`;
