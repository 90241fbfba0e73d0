/**
 * The engine port: all that the control plane asks of a database. An engine is one folder under `engines/`
 * and one line in its registry. Verbs are safe to run twice; each throws a Fault of the catalogue, never a
 * driver's error, and none outlives its deadline.
 */
import type { Call, Clock } from './clock.ts';
import type { Address, ServerId } from './identity.ts';
import type { EngineKind, Observation, Version } from './observation.ts';
import type { ChannelState, FollowSettings, SemiSyncWish } from './plan.ts';
import type { Position, PositionAlgebra, PositionGap } from './positions.ts';
import type { ClusterShaper } from './shards/cluster-shaper.ts';
import type { ClusterSight } from './shards/cluster-sight.ts';
import type { Election } from './shards/election-cooldown.ts';
import type { HandOverMode } from './shards/hand-over-facts.ts';

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
   * Its freeze makes writers wait and ends by itself, so the frozen primary is put under the candidate before that is
   * promoted (`ServerLink.demote`); and what a client begins ends with its command, so nothing is drained.
   */
  readonly freezesForAWhile?: true;
  /**
   * There is no log from which a server could be given what it lacks: neither by the agent beside a dead one, nor by a
   * replica whose source is dead.
   */
  readonly keepsNoLog?: true;
  /**
   * What `replica` has that never was on `primary`; undefined when there is nothing, or nothing that can be
   * told. The look at the replica must not be younger than the one at the primary.
   */
  errant(replica: Observation, primary: Observation): PositionGap | undefined;
  /**
   * Where two histories part. Of what `own` has it holds what `other` has too, and nothing else. Undefined when that
   * cannot be told.
   */
  common(own: Observation, other: Observation): Position | undefined;
  /**
   * Its servers hand over among themselves (`ServerLink.handOver`), and each of several primaries has a part of the data:
   * a plan is about one of them and its replicas.
   */
  readonly handsOver?: true;
  /** What its servers can do to lose what only they have. */
  readonly restores: Restores;
  /** Connects lazily and again after a loss; never throws. */
  link(address: Address, context: EngineContext): ServerLink;
  /** Of clusters of several primaries: changes who owns which slots, who is a member and who replicates whom. */
  shaper?(context: EngineContext): ClusterShaper;
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
  readonly semiSync?: SemiSyncWish;
}

export interface Promoted {
  /** Why it may not wait for replicas; absent where it does as it was asked. */
  readonly withoutSemiSync?: string;
}

export interface FollowRequest {
  readonly source: Address;
  readonly settings: FollowSettings;
  /** For servers without GTIDs: where to begin in the source's own log. */
  readonly at?: Position;
}

export interface ShardHandOver {
  readonly mode: HandOverMode;
  /** Links to all servers of the cluster, this one's among them. */
  readonly fellows: readonly ServerLink[];
  /** Those that are known not to answer are not waited for. */
  readonly dead: ReadonlySet<ServerId>;
  readonly elections: readonly Election[];
  /** Told before it stands for election, which waits for that: see `election-cooldown.ts`. */
  remember(election: Election): void | Promise<void>;
  nameOf(id: ServerId): string;
}

export interface HandedOver {
  /** By which epoch, seen by whom, and how the others were put under it. */
  readonly how: string;
  /** What a living primary took without it; absent where nothing can be lost, or nothing can be told. */
  readonly lost?: Lost;
}

export interface Lost {
  /** Of the stream. */
  readonly bytes: number;
  /** It may be more: the last moment was not seen. */
  readonly atLeast: boolean;
}

export interface Followed {
  /** In what way it was given what it lacked; absent where there is only one. */
  readonly how?: string;
}

export interface RewindRequest {
  /** Tells this rewind from others, for one that is taken up again: at most 64 characters. */
  readonly id: string;
  /** Where the server stands afterwards; its log begins anew there. */
  readonly to: Position;
  /** Of which rows are changed back: `schema.table`. */
  readonly tables: readonly string[];
  /** What an engine's own log reader wrote to take changes back. Only read when it was not done before. */
  statements(call: Call): Promise<AsyncIterable<string>>;
}

/** `broken`: it has neither its own data nor all of the donor's, whatever its position says. */
export type CopyState = 'none' | 'under-way' | 'whole' | 'broken';

export interface Restores {
  readonly flashback: boolean;
  /** `server`: it copies another one by itself; `agents`: those of both hosts do, with the engine's backup tool. */
  readonly clone: 'server' | 'agents' | false;
  /** A transaction can be given a name of one's choice, and be empty. */
  readonly empty: boolean;
  /** A server that follows gives up by itself what only it has: nothing is restored first, and nothing can be saved. */
  readonly byFollowing?: true;
  /** Why data files of the version `theirs` are none for a server of the version `own`; undefined when they are. */
  copyable(own: Version, theirs: Version): string | undefined;
}

/** One row of the hand-over journal. */
export interface HandOverRow {
  readonly operation: string;
  readonly from: string;
  readonly to: string;
  readonly position: string;
  readonly at: number;
}

/**
 * Of a server without GTIDs: its position is a place in its source's log, or in its own when it follows nobody, and
 * says nothing of any other log. Asked with its receiver stopped. All throw `salvage-impossible` when it cannot be told.
 */
export interface LinkPlaces {
  /** The transactions that it received after a place in its source's log, in their order. */
  receivedAfter(after: Position, call: Call): Promise<readonly ReceivedTransaction[]>;
  /** Where the transactions end that it logged after a place in its own log and did not write itself. */
  loggedAfter(after: Position, call: Call): Promise<readonly Position[]>;
  /**
   * Where in its own log these transactions begin, which are the last there that it did not write itself: each is known
   * again by what it does. `near`: where it stood some time ago; it saves reading a whole file.
   */
  lastLogged(
    transactions: readonly ReceivedTransaction[],
    near: LogPoint | undefined,
    call: Call,
  ): Promise<Position>;
  /** Throws when its settings let it skip or reorder what it applies: then what it logged is not to be counted. */
  expectFaithful(call: Call): Promise<void>;
  /**
   * Takes transactions from another replica and stops again, also when it fails within them; its own source is left as
   * it is until `settle`. Repeated with the same source, it goes on where it was.
   */
  takeFrom(request: TakeRequest, call: Call): Promise<void>;
  /** From whom it was taking when that was not settled. */
  takesFrom(call: Call): Promise<Address | undefined>;
  /**
   * Where a replay began that ended where the server is now: what it logged since then it wrote itself. Undefined when
   * nothing was replayed.
   */
  replayedFrom(call: Call): Promise<Position | undefined>;
  /** Its own source's log counts as applied up to this place, and no further; what else waited is thrown away. */
  settle(at: Position, call: Call): Promise<void>;
}

export interface ReceivedTransaction {
  /** Where it ends in the source's log. */
  readonly end: Position;
  /** What it does, in words that are the same in the log of whoever has it. */
  readonly what: string;
}

/** Both places are in the own log of `source`, another replica of the same source. */
export interface TakeRequest {
  readonly source: Address;
  readonly from: Position;
  readonly upTo: Position;
}

/** A place in a server's own log. */
export interface LogPoint {
  readonly file: string;
  readonly offset: number;
}

/** One server. One connection is held for looking; an operation opens others in `prepare`, and closes them in `rest`. */
export interface ServerLink {
  readonly address: Address;
  probe(call: Call): Promise<Observation>;
  /** The least that shows that it serves, over a connection of its own that is held open. */
  pulse(call: Call): Promise<void>;
  /**
   * Returns once everything the engine has logged so far has reached its disk; writes nothing itself, and meets no lock
   * of a freeze. Over a connection of its own, so that one that waits for a stalled disk holds up nothing else.
   */
  flush(call: Call): Promise<void>;
  /** What its last probe told of the whole cluster; absent on engines whose servers know nothing of one. */
  sight?(): ClusterSight | undefined;
  /**
   * Has this server take over from its primary, by its engine's own means, and returns once a majority says so. Throws
   * `verification-failed`; with `sent: false` in its details nothing was changed.
   */
  handOver?(asked: ShardHandOver, call: Call): Promise<HandedOver>;
  /** Calls `listener` whenever a connection held for looking ends without having been closed here. Returns what stops that. */
  onLost(listener: () => void): () => void;
  /** Opens and warms what freeze, wait and promote use; all but what only a freeze uses, with `noFreeze`. */
  prepare(call: Call, options?: { readonly noFreeze?: boolean }): Promise<void>;
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
  /**
   * Of engines that freeze for a while: the frozen server follows `under`, and can acknowledge no write any more, when
   * this returns; its position may have grown by what is no write. `thaw` takes it back. Absent on all others.
   */
  demote?(under: Address, call: Call): Promise<Position>;
  /** False once anything shows that the freeze may not hold any more; costs no round trip. */
  holdsFreeze(): boolean;
  /** Ends what earlier operations of any controller left on this server: locks, and statements still under way. */
  takeOver(call: Call): Promise<void>;
  /** Writable again; also ends what an earlier controller's freeze may have left waiting. */
  thaw(call: Call): Promise<void>;
  /** Everything applied here, now. */
  position(call: Call): Promise<Position>;
  /**
   * Returns when the position is applied; throws `position-not-reached` at the deadline, `replication-broken` before it
   * when an applier has failed meanwhile.
   */
  awaitPosition(position: Position, call: Call): Promise<void>;
  /** Writable when this returns. */
  promote(request: PromoteRequest, call: Call): Promise<Promoted>;
  /**
   * On a frozen server that is not the primary any more: ends the sessions that could still write or hold
   * locks, then gives up the freeze's locks. It stays read-only. Returns how many sessions were ended.
   */
  endWriters(call: Call): Promise<number>;
  /** Forgets the source it followed, for good. */
  retireSource(call: Call): Promise<void>;
  /**
   * Stops receiving and goes on applying; returns everything received, applied or not. What was received and
   * not applied stays on its disk.
   */
  stopReceiving(call: Call): Promise<Position>;
  startReceiving(call: Call): Promise<void>;
  /**
   * Puts channels back as they were, and ends what operations left under way here first. Waits for no source. Throws
   * `replication-broken` where an applier has failed meanwhile, and leaves that channel as it is.
   */
  restoreReplication(channels: readonly ChannelState[], call: Call): Promise<void>;
  /**
   * Makes the receiver of that channel connect to its source anew: whether it gets through is then in the channel's state.
   * One that is stopped stays so. Throws `replication-broken`, and changes nothing, where that would throw away what was
   * received and is not applied.
   */
  renewReceiver(channel: string, call: Call): Promise<void>;
  /** Replays what an engine's own log reader wrote, each transaction under its own name. Ends with everything applied. */
  applyLog(statements: AsyncIterable<string>, call: Call): Promise<void>;
  /**
   * On a read-only server that replicates from nobody: takes changes back, all or none, without a trace in its log.
   * Throws `verification-failed` when that would not restore what was, and `bad-request` on engines that cannot; one that
   * took them back and could not begin its log anew is half done (contract/half-done.ts).
   */
  rewind(request: RewindRequest, call: Call): Promise<void>;
  /** On a copy that was made by other means: what it holds is its history from here on; its own log begins anew. */
  adopt(position: Position, call: Call): Promise<void>;
  /**
   * Has the server replace all its data by a copy of the donor's, and shut down or restart at the end. Returns when it
   * is gone or comes back. Throws `bad-request` on engines that cannot.
   */
  cloneFrom(donor: Address, call: Call): Promise<void>;
  /** For the donor of a copy: it can be copied when this returns. */
  readyToClone(call: Call): Promise<void>;
  /** What a copy of its data takes on a disk, about. */
  dataBytes(call: Call): Promise<number>;
  /** What became of the last copy that this server made of another; `none` on engines that cannot. */
  copyState(call: Call): Promise<CopyState>;
  /** Absent where every server's transactions have names that all know. */
  readonly places?: LinkPlaces;
  /** Stops replicating and returns what has been applied. */
  stopReplicating(call: Call): Promise<Position>;
  /**
   * On the primary: commits an empty transaction of each of these names that it does not have yet, one after the other.
   * Throws `bad-request` on engines that cannot.
   */
  commitEmpty(names: Position, call: Call): Promise<void>;
  /** Follows `source` and returns when its receiver runs; throws `replication-broken` with the server's words. */
  follow(request: FollowRequest, call: Call): Promise<Followed>;
  /** Read-only for everybody that can be stopped, for a server that is to be a replica. */
  makeReadOnly(call: Call): Promise<void>;
  writeHandOver(row: HandOverRow, call: Call): Promise<Position>;
  seesHandOver(operation: string, call: Call): Promise<boolean>;
  close(): Promise<void>;
}
