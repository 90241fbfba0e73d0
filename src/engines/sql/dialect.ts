/**
 * What differs between MySQL and MariaDB: statements and how to read their answers. The procedures that use
 * them (sessions, waits, retries) are the same for both and lie beside this file. No I/O here.
 */
import type { Credentials, PromoteRequest } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { EngineKind, Observation, ReplicationChannel, Version } from '../../core/observation.ts';
import type { FollowSettings } from '../../core/plan.ts';
import type { Position, PositionAlgebra, PositionGap } from '../../core/positions.ts';
import type { Row } from './rows.ts';

type ResultSets = readonly (readonly Row[])[];

/** What a probe says of the server itself; how and when it was reached is added by the link. */
export type ProbedServer = Omit<Observation, 'address' | 'resolved' | 'observedAt' | 'tookMs'>;

export interface FollowStatement {
  readonly source: Address;
  readonly settings: FollowSettings;
  /** For a server that has none of its own yet. */
  readonly account: Credentials;
}

export interface Dialect {
  readonly kind: EngineKind;
  readonly title: string;
  readonly positions: PositionAlgebra;
  readonly privilegedMayWrite: boolean;
  errant(replica: Observation, primary: Observation): PositionGap | undefined;

  probe(version: Version, longTransactionSeconds: number): string;
  readProbe(sets: ResultSets, version: Version): ProbedServer;

  /** One row a channel, for `readChannels`. */
  channels(version: Version): string;
  readChannels(rows: readonly Row[]): readonly ReplicationChannel[];

  /** Column `position`: everything applied. */
  position(version: Version): string;
  /** Column `outcome`: 0 when the position is applied, anything else at the time-out. */
  awaitPosition(position: Position, timeoutSeconds: number): string;

  /** Columns `session` and `transaction`: open writing transactions of clients. */
  writingTransactions: string;
  /** Ends with a row with column `position`. Must leave nothing in effect that `thaw` does not undo. */
  freeze(version: Version): string;
  /** On the session that will freeze, while writes flow: what makes the first freeze as fast as the next. May be empty. */
  warmUp(version: Version): string;
  /** Gives up what `freeze` locked, on the session that holds it. Empty when it locks nothing. */
  unlock(version: Version): string;
  writable: string;
  readOnly: string;
  /** Column `session`: sessions of operations, of this controller and of earlier ones. */
  operationSessions: string;
  /** Column `session`: client sessions that a read-only server does not stop, or that hold locks. */
  dangerousSessions(version: Version): string;
  promote(request: PromoteRequest, version: Version): string;

  stopReplication(version: Version, channel: string | undefined): string;
  startReplication(version: Version, channel: string | undefined): string;
  /** With replication stopped: point it at the source. */
  changeSource(statement: FollowStatement, version: Version): string;
  /** Stops replicating and forgets the source. */
  retireSource(version: Version, channel: string | undefined): string;
}
