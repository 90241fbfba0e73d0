/** A replica's channel as the server that has it, and the one it comes from, know it. */
import type { Address } from '../core/identity.ts';
import type { ReceiverError, ReplicationChannel } from '../core/observation.ts';
import type { LoggedTransaction } from './transaction-log.ts';

export interface ReplicaChannel {
  readonly source: Address;
  readonly receiver: ReplicationChannel['receiver'];
  readonly applier: ReplicationChannel['applier'];
  readonly receiverError: ReceiverError | undefined;
  leadsTo(address: Address): boolean;
  /** On this replica's disk and not applied yet. */
  readonly received: readonly LoggedTransaction[];
  start(): void;
  stop(): void;
  startReceiver(): void;
  stopReceiver(): void;
  startApplier(): void;
  stopApplier(): void;
  stopApplier(): void;
  /** It receives now, and says so to a source that waits for it. */
  readonly acknowledging: boolean;
  /** The relay log is dropped: by a change of source, or by a crash. */
  forget(): void;
  /** There may be something to receive or to apply. */
  poke(): void;
  serverDied(what: 'process' | 'host'): void;
  sourceDied(): void;
}
