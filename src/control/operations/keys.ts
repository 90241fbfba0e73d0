/** Where things lie in the store. */
import type { ClusterName, OperationId } from '../../core/identity.ts';

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
  members: (cluster: ClusterName): string => `/members/${cluster}/`,
};
