/**
 * A primary of Redis has no read-only mode. One that demands more replicas than anybody has refuses every write with
 * NOREPLICAS, until it is lifted or restarts; what it demanded before is kept within the number itself, so that whoever
 * lifts the fence need not have set it.
 */
import { type Info, infoNumber } from '../resp/info.ts';
import type { Command } from '../resp/resp-connection.ts';

/** Nobody demands, or has, as many replicas. */
const fenceBase = 1_000_000;

export interface ReplicaDemand {
  readonly replicas: number;
  /** Seconds since a replica was last heard of; with 0 the demand is off. */
  readonly maxLag: number;
}

export const readDemand = (settings: Info): ReplicaDemand => ({
  replicas: infoNumber(settings, 'min-replicas-to-write') ?? infoNumber(settings, 'min-slaves-to-write') ?? 0,
  maxLag: infoNumber(settings, 'min-replicas-max-lag') ?? infoNumber(settings, 'min-slaves-max-lag') ?? 0,
});

export const isFenced = ({ replicas }: ReplicaDemand): boolean => replicas >= fenceBase;

/** Safe to repeat. */
export function fencing(demand: ReplicaDemand): readonly Command[] {
  if (isFenced(demand)) return [];
  return [
    ...(demand.maxLag > 0 ? [] : [['CONFIG', 'SET', 'min-replicas-max-lag', 10] as const]),
    ['CONFIG', 'SET', 'min-replicas-to-write', fenceBase + demand.replicas],
  ];
}

export function lifting(demand: ReplicaDemand): readonly Command[] {
  return isFenced(demand) ? [['CONFIG', 'SET', 'min-replicas-to-write', demand.replicas - fenceBase]] : [];
}

/** For a server that is to come up fenced, in its configuration file and as an argument. */
export const fencedFromStart = ['min-replicas-to-write', String(fenceBase)] as const;
