/** A candidate of an operation that people gave up: nobody knows whether it had become the primary before it fell silent. */
import type { Address, OperationId, ServerId } from '../identity.ts';

export interface Doubt {
  readonly operation: OperationId;
  /** When it was given up, epoch milliseconds. */
  readonly at: number;
  readonly name: string;
  /** A controller that has not seen the server yet knows it by this alone. */
  readonly address: Address;
  /** Who says that it is off; it bars nobody then, and what it may have written is still to be told. */
  readonly downBy?: string;
}

export type Doubts = ReadonlyMap<ServerId, Doubt>;
