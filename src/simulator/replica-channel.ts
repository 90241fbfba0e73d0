/** A replica's channel as the server that has it, and the one it comes from, know it. */
import type { Address } from '../core/identity.ts';
import type { ReplicationChannel, ReplicationError } from '../core/observation.ts';

export interface ReplicaChannel {
  readonly source: Address;
  readonly receiver: ReplicationChannel['receiver'];
  readonly applier: ReplicationChannel['applier'];
  readonly receiverError: ReplicationError | undefined;
  leadsTo(address: Address): boolean;
  start(): void;
  stop(): void;
  /** The relay log is dropped: by a change of source, or by a crash. */
  forget(): void;
  /** There may be something to receive or to apply. */
  poke(): void;
  serverDied(): void;
  sourceDied(): void;
}
