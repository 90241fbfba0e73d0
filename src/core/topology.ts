/** An immutable graph of one cluster, made of observations. No I/O, no clock: `at` is given. */
import type { HostState } from './host.ts';
import type { Address, ClusterName, OperationId, ServerId } from './identity.ts';
import type { EngineKind, Observation, ProbeFailure, ReplicationChannel } from './observation.ts';
import type { ServerSettings } from './policy.ts';
import type { PositionGap } from './positions.ts';

/**
 * `primary` takes no changes from anybody; `co-primary` is part of a ring; `replica` follows one;
 * `unknown` was never seen.
 */
export type Role = 'primary' | 'co-primary' | 'replica' | 'unknown';

export type EarlierLook = Pick<Observation, 'observedAt' | 'executed' | 'semiSync'>;

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
  /** What the look before that one told, for what only shows between two looks. */
  readonly previous?: EarlierLook;
  readonly role: Role;
  /** The channel to the source that makes up the tree; others in `seen.channels` are extra sources. */
  readonly channel?: ReplicationChannel;
  /** Its source, when that is a member of this cluster. */
  readonly source?: ServerId;
  readonly replicas: readonly ServerId[];
  /** The operation by which another server took its place as the primary; it may not know of it yet. */
  readonly replacedBy?: OperationId;
  /** 0 for a primary, 1 for its replicas, and so on. */
  readonly depth: number;
  /** What the primary has that this one lacks, by the latest look at both. */
  readonly behind?: PositionGap;
  /** Transactions it has that never were on the primary. */
  readonly errant?: PositionGap;
  /** What the agent on its host says of it; absent where none is configured. */
  readonly host?: HostLook;
  /**
   * Since when what its engine has logged does not reach its disk, epoch milliseconds; absent while it does. Only the
   * primary is asked.
   */
  readonly stalledSince?: number;
  /** How often it came back from the dead by itself lately; absent while that is seldom. */
  readonly returns?: number;
  readonly acknowledging?: Acknowledging;
  /** Since when no semi-synchronous replica has come to it; epoch milliseconds. */
  readonly noneCameSince?: number;
}

/** The last unbroken run of looks at a server that saw it connected to one source as a semi-synchronous replica. */
export interface Acknowledging {
  /** When the first of these looks was; epoch milliseconds. */
  readonly since: number;
  /** When the look was that saw it end. */
  readonly until?: number;
  /** The run before it. */
  readonly earlier?: { readonly since: number; readonly until: number };
}

/** A look at a host by its agent. */
export interface HostLook {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Undefined when the agent did not answer. */
  readonly state?: HostState;
  /** Why it did not. */
  readonly failure?: string;
  /** Since when it has called its disk stuck, look after look; epoch milliseconds. */
  readonly stuckSince?: number;
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

/** It was replaced, has not become a replica yet, and does not take writes as far as can be seen: it is no primary. */
export function standsAside(node: Node): boolean {
  if (node.replacedBy === undefined || node.role === 'replica') return false;
  return !(node.reachable && node.seen?.writeMode === 'writable');
}

/** Servers that take no changes from anybody, dead or alive; co-primaries and replaced ones are not among them. */
export function primaries(topology: Topology): readonly Node[] {
  return topology.nodes.filter((node) => node.role === 'primary' && !standsAside(node));
}

/** Those that were last seen to take writes of their own, in a ring of co-primaries, too. */
export function takingWrites(topology: Topology): readonly Node[] {
  const ring = topology.nodes.filter((node) => node.role === 'co-primary' && !standsAside(node));
  return [...primaries(topology), ...ring].filter(({ seen }) => seen?.writeMode === 'writable');
}

export function replicasOf(topology: Topology, id: ServerId): readonly Node[] {
  return topology.nodes.filter((node) => node.source === id);
}

/**
 * The server that failures are judged by: the one that takes the writes, or took them when it was last seen. Where
 * nobody was seen to, it is the one that the last hand-over made the primary, else a server that was never seen and
 * feeds replicas: a controller may start when the primary is dead already.
 */
export function lastPrimary(topology: Topology, made: ServerId | undefined): Node | undefined {
  const writable = takingWrites(topology);
  if (writable.length > 0) return writable.length === 1 ? writable[0] : undefined;
  const known = made === undefined ? undefined : nodeById(topology, made);
  if (known && !known.reachable) return known;
  const unseen = topology.nodes.filter((node) => node.role === 'unknown' && node.replicas.length > 0);
  return unseen.length === 1 ? unseen[0] : undefined;
}
