/** Which of the controllers' orders one is, by what no host's clock has a say in. */
import type { OperationId } from './identity.ts';
import type { Revision } from './store.ts';

export interface OrderStamp {
  readonly operation: OperationId;
  /** The fencing token of the lease under which it was given: a later lease has a larger one. */
  readonly lease: Revision;
  /** The how manieth under that lease, from 1. One that is sent again keeps its number. */
  readonly order: number;
}

export const isLater = (one: OrderStamp, other: OrderStamp): boolean =>
  one.lease === other.lease ? one.order > other.order : one.lease > other.lease;
