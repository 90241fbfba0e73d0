/**
 * What differs between MySQL and MariaDB: statements and how to read their answers. The procedures that use
 * them (sessions, waits, retries) are the same for both and lie beside this file. No I/O here.
 */
import type { Credentials, PromoteRequest, Restores } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { EngineKind, Observation, ReplicationChannel, Version } from '../../core/observation.ts';
import type { FollowSettings } from '../../core/plan.ts';
import type { Position, PositionAlgebra, PositionGap } from '../../core/positions.ts';
import type { LogWord } from './log-word.ts';
import type { PlaceDialect } from './place-dialect.ts';
import type { RelayLogDialect } from './relay-log.ts';
import type { Row } from './rows.ts';

type ResultSets = readonly (readonly Row[])[];

/** What a probe says of the server itself; how and when it was reached is added by the link. */
export type ProbedServer = Omit<Observation, 'address' | 'resolved' | 'observedAt' | 'tookMs'>;

/** Those of semi-synchronous replication that a server has, by name. */
export type Variables = ReadonlySet<string>;

export interface FollowStatement {
  readonly variables?: Variables;
  readonly source: Address;
  readonly settings: FollowSettings;
  /** For a server without GTIDs: from this place in the source's log on. */
  readonly at?: Position;
  /** For a server that has none of its own yet. */
  readonly account: Credentials;
  /** It followed by file and offset until now: what it has applied is where it goes on by GTID. */
  readonly adoptsGtid?: boolean;
}

/** How a log's text is replayed on a server that stays read-only for clients. */
export interface ReplayDialect {
  /** May be empty. */
  begin: string;
  /** Read-only for everybody again. May be empty. */
  end: string;
  /**
   * For a server that would refuse a transaction it has, and that does not count what was replayed as applied.
   * Absent where a repeated transaction comes to nothing and all that is executed counts.
   */
  readonly ledger?: {
    /** Column `position`: what the server's own log holds, whoever wrote it. */
    readonly logged: string;
    /** With all appliers stopped: has the position count as applied. */
    adopt(position: Position): string;
    /** A reader of one log's text from its beginning. */
    reader(): (statement: string) => LogWord;
  };
}

/** How a server copies another one by itself. */
export interface CloneDialect {
  /** Column `status`: ACTIVE when it can. */
  readonly ready: string;
  /** On a server that may be read-only, and stays so. */
  readonly makeReady: string;
  clone(donor: Address, account: Credentials): string;
  /** Column `state`: `Not Started`, `In Progress`, `Completed`, `Failed`; no row when there was none. */
  readonly outcome: string;
  /** Errors of `clone` that say that the copy is made and the server only could not restart by itself. */
  readonly noRestart: readonly number[];
}

export interface Dialect {
  readonly kind: EngineKind;
  readonly title: string;
  readonly positions: PositionAlgebra;
  readonly privilegedMayWrite: boolean;
  errant(replica: Observation, primary: Observation): PositionGap | undefined;
  common(own: Observation, other: Observation): Position | undefined;
  readonly restores: Restores;

  probe(version: Version, longTransactionSeconds: number): string;
  readProbe(sets: ResultSets, version: Version): ProbedServer;

  /** One row a channel, for `readChannels`. */
  channels(version: Version): string;
  readChannels(rows: readonly Row[]): readonly ReplicationChannel[];

  /** Column `position`: everything applied. Column `anonymous`: its transactions have no names, and `places` tells. */
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
  promote(request: PromoteRequest, version: Version, variables?: Variables): string;
  /**
   * Column `name`: which variables of semi-synchronous replication the server has. Absent where every server has the
   * same.
   */
  readonly semiSyncVariables?: string;

  /** Answered by any server that serves; reads nothing. */
  pulse: string;
  /**
   * Has the engine's own log written and synced, as a commit does; not logged, and free of locks. Answered at once where
   * there is nothing to write.
   */
  flush: string;

  /** The receiver alone; the applier goes on. Harmless when it is in that state already. */
  stopReceiver(version: Version, channel: string | undefined): string;
  startReceiver(version: Version, channel: string | undefined): string;
  startApplier(version: Version, channel: string | undefined): string;

  stopApplier(version: Version, channel: string | undefined): string;
  /**
   * A row while the channel's receiver is stopped within a transaction for whose rest a running applier would wait before
   * it stops. Column `session`: that applier's; NULL until it has come so far and all before it is applied. Empty where
   * none waits.
   */
  unfinished(version: Version, channel: string | undefined): string;
  /** Errors that an applier has whose session was ended: it did not fail, and may be started again. */
  readonly endedApplier: ReadonlySet<number>;
  /** An applier of a GTID follower that is started while its receiver does not run throws away what was received. */
  startsAfresh: boolean;
  /** Where the status of a channel that does not go by GTID does not tell what was received. */
  readonly relayLog?: RelayLogDialect;
  /** Where servers may have no GTIDs. */
  readonly places?: PlaceDialect;
  replay: ReplayDialect;
  /** With everything taken back that is not in `to`: makes that its history. Absent where nothing can be taken back. */
  adopt?(to: Position): string;
  readonly clone?: CloneDialect;
  /** Column `bytes`: what its data takes on its disk, about. */
  dataBytes: string;
  /** One statement text a transaction, each harmless where it is repeated. Absent where transactions cannot be named. */
  emptyTransactions?(names: Position): readonly string[];

  stopReplication(version: Version, channel: string | undefined): string;
  startReplication(version: Version, channel: string | undefined): string;
  /** With replication stopped: point it at the source. */
  changeSource(statement: FollowStatement, version: Version): string;
  /** Stops replicating and forgets the source. */
  retireSource(version: Version, channel: string | undefined): string;
}
