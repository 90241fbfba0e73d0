/** What people have ordered of a cluster at run time; it stands until it is over or taken back. */
import type { ServerId } from '../identity.ts';
import type { Downtime } from '../policy.ts';

/** What happened to the cluster is understood: the next failover needs no person on its account. */
export interface Acknowledgement {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly by: string;
  readonly comment: string;
}

export interface StandingOrders {
  readonly acknowledged?: Acknowledgement;
  /** Of the cluster as a whole: no automatic failover, relocation or rejoin. */
  readonly maintenance?: Downtime;
  readonly downtimes: readonly ServerDowntime[];
}

/** It is no candidate, nobody takes over from it automatically, and it is not rejoined, nor its replicas relocated. */
export interface ServerDowntime extends Downtime {
  readonly server: ServerId;
}

/** Without those that are over. */
export function inForce(orders: StandingOrders, now: number): StandingOrders {
  const { maintenance, downtimes, ...rest } = orders;
  return {
    ...rest,
    downtimes: downtimes.filter(({ until }) => until > now),
    ...(maintenance !== undefined && maintenance.until > now ? { maintenance } : {}),
  };
}
