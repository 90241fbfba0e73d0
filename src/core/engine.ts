/**
 * The engine port: all that the control plane asks of a database. An engine is one folder under `engines/`
 * and one line in its registry. Verbs are safe to run twice; each throws a Fault of the catalogue, never a
 * driver's error, and none outlives its deadline.
 */
import type { Call, Clock } from './clock.ts';
import type { Address } from './identity.ts';
import type { EngineKind, Observation } from './observation.ts';
import type { FollowSettings } from './plan.ts';
import type { Position, PositionAlgebra, PositionGap } from './positions.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly tls?: { readonly verifyServer: boolean; readonly caFile?: string };
}

export interface EngineContext {
  readonly clock: Clock;
  readonly admin: Credentials;
  /** What a server that never was a replica uses to follow one. */
  readonly replication?: Credentials;
  readonly longTransactionSeconds: number;
  /** Schema that holds the hand-over journal. */
  readonly schema: string;
}

export interface Engine {
  readonly kind: EngineKind;
  /** `MariaDB`, `MySQL`. */
  readonly title: string;
  readonly defaultPort: number;
  readonly positions: PositionAlgebra;
  /** Its read-only mode leaves privileged sessions able to write (MariaDB). */
  readonly privilegedMayWrite: boolean;
  /**
   * What `replica` has that never was on `primary`; undefined when there is nothing, or nothing that can be
   * told. The look at the replica must not be younger than the one at the primary.
   */
  errant(replica: Observation, primary: Observation): PositionGap | undefined;
  /** Connects lazily and again after a loss; never throws. */
  link(address: Address, context: EngineContext): ServerLink;
}

export interface DrainRequest {
  readonly graceMs: number;
  readonly afterGrace: 'end' | 'give-up';
}

export interface Drained {
  /** Writing transactions that were open when it began. */
  readonly found: number;
  /** Of these, how many were ended because the grace period was over. */
  readonly ended: number;
}

export interface PromoteRequest {
  readonly semiSync?: { readonly requiredAcks: number; readonly timeoutMs: number };
}

export interface FollowRequest {
  readonly source: Address;
  readonly settings: FollowSettings;
}

/** One row of the hand-over journal. */
export interface HandOverRow {
  readonly operation: string;
  readonly from: string;
  readonly to: string;
  readonly position: string;
  readonly at: number;
}

/** One server. One connection is held for looking; an operation opens others in `prepare`, and closes them in `rest`. */
export interface ServerLink {
  readonly address: Address;
  probe(call: Call): Promise<Observation>;
  /** Opens and warms what freeze, wait and promote use. */
  prepare(call: Call): Promise<void>;
  /** Closes what `prepare` opened. Locks held for a freeze are given up; the write mode stays as it is. */
  rest(): Promise<void>;
  /**
   * Lets the writing transactions that are open now come to their end while others go on, so that none is cut
   * off by the freeze nor holds it up. Throws `transactions-running` when they outlive the grace period and
   * the policy is to give up.
   */
  drain(request: DrainRequest, call: Call): Promise<Drained>;
  /**
   * No session whatsoever can commit a write any more when this returns; the position holds everything ever
   * acknowledged. When it fails, no trace of it takes effect later.
   */
  freeze(call: Call): Promise<Position>;
  /** False once anything shows that the freeze may not hold any more; costs no round trip. */
  holdsFreeze(): boolean;
  /** Ends what earlier operations of any controller left on this server: locks, and statements still under way. */
  takeOver(call: Call): Promise<void>;
  /** Writable again; also ends what an earlier controller's freeze may have left waiting. */
  thaw(call: Call): Promise<void>;
  /** Everything applied here, now. */
  position(call: Call): Promise<Position>;
  /** Returns when the position is applied; throws `position-not-reached` at the deadline. */
  awaitPosition(position: Position, call: Call): Promise<void>;
  /** Writable when this returns. */
  promote(request: PromoteRequest, call: Call): Promise<void>;
  /**
   * On a frozen server that is not the primary any more: ends the sessions that could still write or hold
   * locks, then gives up the freeze's locks. It stays read-only. Returns how many sessions were ended.
   */
  endWriters(call: Call): Promise<number>;
  /** Forgets the source it followed, for good. */
  retireSource(call: Call): Promise<void>;
  /** Stops replicating and returns what has been applied. */
  stopReplicating(call: Call): Promise<Position>;
  /** Follows `source` and returns when its receiver runs; throws `replication-broken` with the server's words. */
  follow(request: FollowRequest, call: Call): Promise<void>;
  /** Read-only for everybody that can be stopped, for a server that is to be a replica. */
  makeReadOnly(call: Call): Promise<void>;
  writeHandOver(row: HandOverRow, call: Call): Promise<Position>;
  seesHandOver(operation: string, call: Call): Promise<boolean>;
  close(): Promise<void>;
}
