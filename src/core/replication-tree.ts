/**
 * The shape of a cluster: who stands at the top of whom, how deep, and in which order to walk. Knows servers
 * by id only. Rings are part of life: every walk here ends on any graph.
 */
import type { ServerId } from './identity.ts';

export interface Place {
  /** 0 at the top and for every member of a ring. */
  readonly depth: number;
  /** The server of depth 0 it descends from; itself at depth 0. */
  readonly top: ServerId;
  /** The ring the top belongs to, in the order in which changes are pulled; empty when there is none. */
  readonly ring: readonly ServerId[];
}

export type SourceOf = ReadonlyMap<ServerId, ServerId>;

export function inRing(place: Place): boolean {
  return place.depth === 0 && place.ring.length > 0;
}

export function placeServers(ids: readonly ServerId[], sourceOf: SourceOf): ReadonlyMap<ServerId, Place> {
  const places = new Map<ServerId, Place>();
  for (const id of ids) {
    const climbed = climb(id, sourceOf, places);
    const [entry] = climbed.ring;
    const path = entry === undefined ? climbed.path : climbed.path.slice(0, climbed.path.indexOf(entry));
    for (const member of climbed.ring) places.set(member, { depth: 0, top: member, ring: climbed.ring });
    for (const below of path.reverse()) places.set(below, placeBelow(below, sourceOf, places));
  }
  return places;
}

/** Upwards until a server that has its place, one without a source, or one met before on the way: a ring. */
function climb(
  from: ServerId,
  sourceOf: SourceOf,
  placed: ReadonlyMap<ServerId, Place>,
): { readonly path: ServerId[]; readonly ring: readonly ServerId[] } {
  const path = new Set<ServerId>();
  let current: ServerId | undefined = from;
  while (current !== undefined && !placed.has(current)) {
    if (path.has(current)) {
      const met = [...path];
      return { path: met, ring: met.slice(met.indexOf(current)) };
    }
    path.add(current);
    current = sourceOf.get(current);
  }
  return { path: [...path], ring: [] };
}

function placeBelow(id: ServerId, sourceOf: SourceOf, places: ReadonlyMap<ServerId, Place>): Place {
  const source = sourceOf.get(id);
  const above = source === undefined ? undefined : places.get(source);
  return above === undefined
    ? { depth: 0, top: id, ring: [] }
    : { depth: above.depth + 1, top: above.top, ring: above.ring };
}

/** `before` orders siblings, and the tops among themselves; the members of a ring stay together. */
export function treeOrder(
  places: ReadonlyMap<ServerId, Place>,
  sourceOf: SourceOf,
  before: (a: ServerId, b: ServerId) => number,
): readonly ServerId[] {
  const below = new Map<ServerId, ServerId[]>();
  const tops: ServerId[] = [];
  for (const [id, place] of places) {
    const source = sourceOf.get(id);
    if (place.depth === 0 || source === undefined) tops.push(id);
    else below.set(source, [...(below.get(source) ?? []), id]);
  }
  const firstOfRing = (id: ServerId): ServerId => [...(places.get(id)?.ring ?? [])].sort(before)[0] ?? id;
  tops.sort((a, b) => before(firstOfRing(a), firstOfRing(b)) || before(a, b));
  const order: ServerId[] = [];
  const waiting = tops.reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    order.push(next);
    waiting.push(...(below.get(next) ?? []).sort(before).reverse());
  }
  return order;
}
