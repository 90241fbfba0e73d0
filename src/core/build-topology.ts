/**
 * Makes a cluster's topology of what is known of its servers. Says what is, not what is wrong: that is
 * diagnosis. A ring counts as one even while its channels are stopped, because a restart starts them again.
 */
import { compareNames } from './compare-names.ts';
import { type DistanceInput, distances, type FindErrant } from './distance.ts';
import type { ClusterName, ServerId } from './identity.ts';
import type { EngineKind, Observation } from './observation.ts';
import type { PositionAlgebra } from './positions.ts';
import { inRing, placeServers, treeOrder } from './replication-tree.ts';
import { resolveUpstream, type Upstream } from './resolve-source.ts';
import type { ServerFacts } from './server-facts.ts';
import type { EarlierLook, Node, Role, Topology } from './topology.ts';
import { uniqueNames } from './unique-names.ts';

export interface TopologyInput {
  readonly cluster: ClusterName;
  readonly engine: EngineKind;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly positions: PositionAlgebra;
  readonly errant: FindErrant;
  /** Ids are unique. */
  readonly servers: readonly ServerFacts[];
}

interface Resolved extends DistanceInput {
  readonly at: number;
  readonly names: ReadonlyMap<ServerId, string>;
  readonly upstreams: ReadonlyMap<ServerId, Upstream>;
  /** Direct replicas, by name. */
  readonly replicas: ReadonlyMap<ServerId, readonly ServerId[]>;
  readonly before: (a: ServerId, b: ServerId) => number;
}

export function buildTopology(input: TopologyInput): Topology {
  const resolved = resolve(input);
  const nodes = treeOrder(resolved.places, resolved.sourceOf, resolved.before)
    .map((id) => resolved.servers.get(id))
    .filter((server) => server !== undefined)
    .map((server) => node(server, resolved));
  return { cluster: input.cluster, engine: input.engine, at: input.at, nodes };
}

function resolve(input: TopologyInput): Resolved {
  const upstreams = new Map<ServerId, Upstream>();
  const sourceOf = new Map<ServerId, ServerId>();
  for (const server of input.servers) {
    const upstream = resolveUpstream(server, input.servers);
    if (upstream !== undefined) upstreams.set(server.id, upstream);
    if (upstream?.source !== undefined) sourceOf.set(server.id, upstream.source.id);
  }
  const ids = input.servers.map((server) => server.id);
  const names = uniqueNames(input.servers);
  const servers = new Map(input.servers.map((server) => [server.id, server]));
  const before = (a: ServerId, b: ServerId): number =>
    Number(servers.get(a)?.seen === undefined) - Number(servers.get(b)?.seen === undefined) ||
    compareNames(names.get(a) ?? a, names.get(b) ?? b);
  const replicas = new Map<ServerId, ServerId[]>(ids.map((id) => [id, []]));
  for (const [replica, source] of sourceOf) replicas.get(source)?.push(replica);
  for (const siblings of replicas.values()) siblings.sort(before);
  const { at, positions, errant } = input;
  const places = placeServers(ids, sourceOf);
  return { at, positions, errant, servers, names, upstreams, sourceOf, places, replicas, before };
}

function node(server: ServerFacts, resolved: Resolved): Node {
  const { id, address, aliases, settings, reachable, failure, seen, previous, replacedBy } = server;
  const { host, stalledSince, returns, acknowledging, noneCameSince } = server;
  const upstream = resolved.upstreams.get(id);
  return {
    id,
    name: resolved.names.get(id) ?? id,
    address,
    aliases,
    settings,
    downtimed: settings.downtime !== undefined && settings.downtime.until > resolved.at,
    reachable,
    ...(failure === undefined ? {} : { failure }),
    ...(seen === undefined ? {} : { seen }),
    ...(previous === undefined ? {} : { previous: earlier(previous) }),
    role: roleOf(server, resolved),
    ...(upstream === undefined ? {} : { channel: upstream.channel }),
    ...(upstream?.source === undefined ? {} : { source: upstream.source.id }),
    replicas: resolved.replicas.get(id) ?? [],
    ...(replacedBy === undefined ? {} : { replacedBy }),
    depth: resolved.places.get(id)?.depth ?? 0,
    ...distances(server, resolved),
    ...(host === undefined ? {} : { host }),
    ...(stalledSince === undefined ? {} : { stalledSince }),
    ...(returns === undefined ? {} : { returns }),
    ...(acknowledging === undefined ? {} : { acknowledging }),
    ...(noneCameSince === undefined ? {} : { noneCameSince }),
  };
}

function earlier({ observedAt, executed, semiSync }: Observation): EarlierLook {
  return { observedAt, executed, semiSync };
}

/** A server that follows one outside the cluster is the top of its own: `primary`, with a `channel` but no `source`. */
function roleOf(server: ServerFacts, resolved: Resolved): Role {
  const place = resolved.places.get(server.id);
  if (server.seen === undefined || place === undefined) return 'unknown';
  if (inRing(place)) return 'co-primary';
  return resolved.sourceOf.has(server.id) ? 'replica' : 'primary';
}
