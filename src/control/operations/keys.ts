/** Where things lie in the store. */
import type { ClusterName, OperationId, ServerId } from '../../core/identity.ts';

const padded = (sequence: number): string => sequence.toString().padStart(6, '0');

export const keys = {
  operations: '/operations/',
  operation: (id: OperationId): string => `/operations/${id}`,
  /** The operation of each cluster that has begun and not ended: what a starting controller takes up. One at most. */
  allOpen: '/open/',
  open: (cluster: ClusterName): string => `/open/${cluster}`,
  allJournals: '/journal/',
  journal: (id: OperationId): string => `/journal/${id}/`,
  journalEntry: (id: OperationId, sequence: number): string => `/journal/${id}/${padded(sequence)}`,
  lease: (cluster: ClusterName): string => `/leases/${cluster}`,
  /** Former primaries that another server has replaced; the value is the operation. */
  allReplaced: (cluster: ClusterName): string => `/replaced/${cluster}/`,
  replaced: (cluster: ClusterName, server: ServerId): string => `/replaced/${cluster}/${server}`,
  /** Servers that an abandoned operation may have made the primary; the value is a doubt. */
  allDoubts: (cluster: ClusterName): string => `/doubts/${cluster}/`,
  doubt: (cluster: ClusterName, server: ServerId): string => `/doubts/${cluster}/${server}`,
  /** When the nodes of a cluster stood for election; the value is what is remembered of one of them. */
  allElections: (cluster: ClusterName): string => `/elections/${cluster}/`,
  election: (cluster: ClusterName, node: ServerId): string => `/elections/${cluster}/${node}`,
  /** The primary that the last switchover or failover made. */
  primary: (cluster: ClusterName): string => `/primary/${cluster}`,
  /** A short record of each failover that succeeded, by the operation: a decision must not read whole operations. */
  allTakeovers: '/takeovers/',
  takeover: (id: OperationId): string => `/takeovers/${id}`,
  /** What people have ordered at run time. */
  orders: (cluster: ClusterName): string => `/orders/${cluster}/`,
  members: (cluster: ClusterName): string => `/members/${cluster}/`,
};
