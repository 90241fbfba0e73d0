import type { Position } from '../../core/positions.ts';

/** What a statement of a log's text means for the transaction that it belongs to. */
export type LogWord =
  /** Begins a transaction: which one. */
  | { readonly kind: 'names'; readonly position: Position }
  /** Stays in effect for later transactions, or says something of the next one. */
  | { readonly kind: 'setting' }
  | { readonly kind: 'work' };
