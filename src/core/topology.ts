/** An immutable graph of one cluster, made of observations. No I/O, no clock: `at` is given. */
import type { Address, ClusterName, ServerId } from './identity.ts';
import type { EngineKind, Observation, ProbeFailure, ReplicationChannel } from './observation.ts';
import type { ServerSettings } from './policy.ts';
import type { PositionGap } from './positions.ts';

/**
 * `primary` takes no changes from anybody; `co-primary` is part of a ring; `replica` follows one;
 * `unknown` was never seen.
 */
export type Role = 'primary' | 'co-primary' | 'replica' | 'unknown';

export interface Node {
  readonly id: ServerId;
  /** The name people gave it, else its address. Unique within the cluster. */
  readonly name: string;
  readonly address: Address;
  /** Every address under which this same server has been reached. */
  readonly aliases: readonly Address[];
  readonly settings: ServerSettings;
  readonly downtimed: boolean;
  /** The last probe answered. */
  readonly reachable: boolean;
  readonly failure?: ProbeFailure;
  /** The last thing seen of it, however old; undefined when it was never seen. */
  readonly seen?: Observation;
  readonly role: Role;
  /** The channel to the source that makes up the tree; others in `seen.channels` are extra sources. */
  readonly channel?: ReplicationChannel;
  /** Its source, when that is a member of this cluster. */
  readonly source?: ServerId;
  readonly replicas: readonly ServerId[];
  /** 0 for a primary, 1 for its replicas, and so on. */
  readonly depth: number;
  /** What the primary has that this one lacks, by the latest look at both. */
  readonly behind?: PositionGap;
  /** Transactions it has that never were on the primary. */
  readonly errant?: PositionGap;
}

export interface Topology {
  readonly cluster: ClusterName;
  readonly engine: EngineKind;
  /** Epoch milliseconds. */
  readonly at: number;
  /** In tree order: each node before its replicas, siblings by name. */
  readonly nodes: readonly Node[];
}

export function nodeById(topology: Topology, id: ServerId): Node | undefined {
  return topology.nodes.find((node) => node.id === id);
}

/** Servers that take no changes from anybody, dead or alive; co-primaries are not among them. */
export function primaries(topology: Topology): readonly Node[] {
  return topology.nodes.filter((node) => node.role === 'primary');
}

export function replicasOf(topology: Topology, id: ServerId): readonly Node[] {
  return topology.nodes.filter((node) => node.source === id);
}
