/** How far each server is from its primary: what it lacks, and what it has that the primary never had. */
import type { ServerId } from './identity.ts';
import type { Observation } from './observation.ts';
import type { PositionAlgebra, PositionGap } from './positions.ts';
import type { Place } from './replication-tree.ts';
import { findSource } from './resolve-source.ts';
import type { ServerFacts } from './server-facts.ts';

/** Supplied by the engine: only it can tell a stray write from one that the primary made a moment later. */
export type FindErrant = (replica: Observation, primary: Observation) => PositionGap | undefined;

export interface Distances {
  readonly behind?: PositionGap;
  readonly errant?: PositionGap;
}

export interface DistanceInput {
  readonly positions: PositionAlgebra;
  readonly errant: FindErrant;
  readonly servers: ReadonlyMap<ServerId, ServerFacts>;
  readonly places: ReadonlyMap<ServerId, Place>;
  readonly sourceOf: ReadonlyMap<ServerId, ServerId>;
}

export function distances(server: ServerFacts, input: DistanceInput): Distances {
  const primary = primaryOf(server, input)?.seen;
  if (server.seen === undefined || primary === undefined) return {};
  const behind = input.positions.missing(primary.executed, server.seen.executed);
  if (takesFromElsewhere(server, input)) return { behind };
  const look = notYounger(server, primary);
  const errant = look && input.errant(look, primary);
  const none = errant === undefined || (errant.count === 0 && errant.text === '');
  return { behind, ...(none ? {} : { errant }) };
}

/**
 * A replica seen later than its primary may show what has passed through the primary in between, from whatever
 * origin (a co-primary, the former primary right after a hand-over); only an older look at it proves anything.
 */
function notYounger(server: ServerFacts, primary: Observation): Observation | undefined {
  return [server.seen, server.previous].find(
    (look) => look !== undefined && look.observedAt <= primary.observedAt,
  );
}

/**
 * The server whose history counts. In a ring that is its one writable member; when several or none take
 * writes, no member is measured by another, and a replica is measured by the member it descends from.
 */
function primaryOf(server: ServerFacts, input: DistanceInput): ServerFacts | undefined {
  const place = input.places.get(server.id);
  if (place === undefined) return undefined;
  const writable = place.ring
    .map((id) => input.servers.get(id))
    .filter((member) => member?.seen?.writeMode === 'writable');
  const primary = writable.length === 1 ? writable[0] : input.servers.get(place.top);
  return primary?.id === server.id ? undefined : primary;
}

/**
 * A second source, its own or that of a server above it, brings transactions which the primary never sees and
 * which are nobody's mistake; nothing can be told errant then.
 */
function takesFromElsewhere(server: ServerFacts, input: DistanceInput): boolean {
  const members = [...input.servers.values()];
  const home = input.places.get(server.id);
  const isHome = (source: ServerFacts | undefined): boolean => {
    const place = source === undefined ? undefined : input.places.get(source.id);
    return place !== undefined && (place.top === home?.top || home?.ring.includes(place.top) === true);
  };
  let current: ServerFacts | undefined = server;
  while (current !== undefined && input.places.get(current.id)?.depth !== 0) {
    const replica: ServerFacts = current;
    const channels = replica.seen?.channels ?? [];
    if (!channels.every((channel) => isHome(findSource(channel, replica, members)))) return true;
    const source = input.sourceOf.get(replica.id);
    current = source === undefined ? undefined : input.servers.get(source);
  }
  return false;
}
