/**
 * Builds what the nodes of a Redis Cluster say. A cluster is written down as it is; a node that sees it otherwise is given
 * the view of another such cluster: `[...viewsOf(truth).slice(1), viewBy(other, 'a')]`.
 */
import { serverId } from '../../identity.ts';
import type { ClusterNode, ClusterView, NodeFlag, NodeId } from '../cluster-view.ts';
import { parseSlots } from '../slots.ts';

export const testNow = 1_700_000_000_000;
export const id = (name: string): NodeId => serverId(name);

export interface ShardTraits {
  /** `0-5460 5462`; empty for a primary without slots. */
  readonly slots?: string;
  readonly epoch?: number;
  readonly replicas?: readonly string[];
}

export interface ClusterTraits {
  /** By the name of their primaries. */
  readonly shards: Readonly<Record<string, ShardTraits>>;
  readonly flags?: Readonly<Record<string, readonly NodeFlag[]>>;
  /** As the node itself says it. */
  readonly migrating?: Readonly<Record<string, ClusterNode['migrating']>>;
  readonly importing?: Readonly<Record<string, ClusterNode['importing']>>;
  readonly currentEpoch?: number;
  readonly state?: 'ok' | 'fail';
  /** No bus link to these. */
  readonly unlinked?: readonly string[];
}

/** Three shards with one replica each: a (0-5460) with a1, b with b1, c with c1; epochs 1, 2, 3. */
export const threeShards: ClusterTraits = {
  shards: {
    a: { slots: '0-5460', epoch: 1, replicas: ['a1'] },
    b: { slots: '5461-10922', epoch: 2, replicas: ['b1'] },
    c: { slots: '10923-16383', epoch: 3, replicas: ['c1'] },
  },
};

/** What all nodes of the cluster say. */
export function viewsOf(traits: ClusterTraits, ...silent: readonly string[]): readonly ClusterView[] {
  return membersOf(traits)
    .filter((name) => !silent.includes(name))
    .map((name) => viewBy(traits, name));
}

function membersOf(traits: ClusterTraits): readonly string[] {
  return Object.entries(traits.shards).flatMap(([primary, { replicas = [] }]) => [primary, ...replicas]);
}

export function viewBy(traits: ClusterTraits, by: string, at: number = testNow): ClusterView {
  const epochs = Object.values(traits.shards).map((shard) => shard.epoch ?? 0);
  return {
    by: id(by),
    at,
    currentEpoch: traits.currentEpoch ?? Math.max(0, ...epochs),
    state: traits.state ?? 'ok',
    nodes: Object.entries(traits.shards).flatMap(([primary, shard]) => [
      nodeOf(primary, { traits, by, shard }),
      ...(shard.replicas ?? []).map((name) => nodeOf(name, { traits, by, shard, source: primary })),
    ]),
  };
}

interface Making {
  readonly traits: ClusterTraits;
  readonly by: string;
  readonly shard: ShardTraits;
  readonly source?: string;
}

function nodeOf(name: string, { traits, by, shard, source }: Making): ClusterNode {
  const self = name === by;
  return {
    id: id(name),
    address: { host: `${name}.test`, port: 6379 },
    busPort: 16_379,
    flags: [
      ...(self ? (['myself'] as const) : []),
      source === undefined ? 'primary' : 'replica',
      ...(self ? [] : (traits.flags?.[name] ?? [])),
    ],
    ...(source === undefined ? {} : { sourceId: id(source) }),
    pingSentAt: 0,
    pongAt: testNow,
    configEpoch: shard.epoch ?? 0,
    link: traits.unlinked?.includes(name) === true && !self ? 'disconnected' : 'connected',
    slots: source === undefined ? (parseSlots(shard.slots ?? '') ?? []) : [],
    migrating: self ? (traits.migrating?.[name] ?? []) : [],
    importing: self ? (traits.importing?.[name] ?? []) : [],
  };
}
