import type { Address, ServerId } from './identity.ts';

/** A server as a step names it: enough to reach it and to speak of it without a topology. */
export interface Target {
  readonly id: ServerId;
  readonly name: string;
  readonly address: Address;
}
