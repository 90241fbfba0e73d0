/** Where nodes run, and who must not run with whom. */
import type { NodeId } from './cluster-view.ts';

export interface Placement {
  readonly host: string;
  readonly zone?: string;
}

/** A node without an entry has no known place, and shares it with nobody. */
export type Placements = ReadonlyMap<NodeId, Placement>;

export type Level = 'host' | 'zone';

/** The smaller first. */
export const levels: readonly Level[] = ['host', 'zone'];

/** What two nodes have in common: a host, or at least a zone. */
export function shared(a: Placement | undefined, b: Placement | undefined): Level | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a.host === b.host) return 'host';
  return a.zone !== undefined && a.zone === b.zone ? 'zone' : undefined;
}

/** `host h1`, `zone eu-1`; undefined where that is not known. */
export function placeOf(placement: Placement | undefined, level: Level): string | undefined {
  const label = level === 'host' ? placement?.host : placement?.zone;
  return label === undefined ? undefined : `${level} ${label}`;
}

/** The nodes that run at each place of a level, in the order in which the nodes are given. */
export function nodesByPlace(
  nodes: readonly NodeId[],
  placements: Placements,
  level: Level,
): ReadonlyMap<string, readonly NodeId[]> {
  const places = new Map<string, NodeId[]>();
  for (const id of nodes) {
    const place = placeOf(placements.get(id), level);
    if (place !== undefined) places.set(place, [...(places.get(place) ?? []), id]);
  }
  return places;
}
