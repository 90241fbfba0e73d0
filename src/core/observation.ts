/** What one probe saw of one server, and when. Never mutated; everything later is derived from these. */
import type { Address, ServerId } from './identity.ts';
import type { Position } from './positions.ts';

export type SqlEngineKind = 'mariadb' | 'mysql';

/** `redis`, `redis-cluster`: Valkey servers, too. */
export type EngineKind = SqlEngineKind | 'redis' | 'redis-cluster';

export interface Version {
  /** Where servers of one engine come from more than one maker: `Valkey`. */
  readonly product?: string;
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** `super-read-only` also stops privileged sessions; MariaDB has no such setting. */
export type WriteMode = 'writable' | 'read-only' | 'super-read-only';

export interface ReplicationError {
  readonly code: number;
  readonly message: string;
}

/** Why a receiver is not connected. */
export interface ReceiverError extends ReplicationError {
  /**
   * What it says of the source. `refused`: nobody listens there; `of-the-way`: it did not get through or lost its
   * connection; `source-answers`: a refusal that only a living server can give; `other`: nothing.
   */
  readonly meaning: 'refused' | 'of-the-way' | 'source-answers' | 'other';
  /** It came while the receiver tried to connect. */
  readonly connecting: boolean;
}

export interface TlsSettings {
  readonly enabled: boolean;
  readonly verifyServer: boolean;
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
}

/** One upstream of a replica, as the replica itself reports it. A server with several is multi-source. */
export interface ReplicationChannel {
  readonly name: string;
  readonly source: Address;
  readonly sourceUuid?: string;
  readonly sourceNumber?: number;
  readonly receiver: 'running' | 'connecting' | 'stopped';
  readonly applier: 'running' | 'stopped';
  readonly receiverError?: ReceiverError;
  readonly applierError?: ReplicationError;
  /** Whole seconds as the server counts them; null when it does not know (a thread is not running). */
  readonly lagSeconds: number | null;
  /** Replication is held back on purpose by this many seconds. */
  readonly delaySeconds: number;
  readonly usesGtid: boolean;
  /** Were its receiver stopped and started, it would throw away what it has received and not applied. */
  readonly startsAfresh?: true;
  /** Everything received, applied or not; undefined where the engine does not say. */
  readonly received?: Position;
  readonly user?: string;
  readonly tls: TlsSettings;
  readonly heartbeatSeconds?: number;
  readonly connectRetrySeconds?: number;
  /** Replication filters in the engine's own words, sorted. */
  readonly filters: readonly string[];
}

export interface SemiSync {
  /** The server waits for a replica's acknowledgement when it is the primary. */
  readonly sourceEnabled: boolean;
  /** Waiting right now; false after a time-out turned it off or when it is not the primary. */
  readonly sourceActive: boolean;
  readonly replicaEnabled: boolean;
  readonly replicaActive: boolean;
  readonly connectedReplicas: number;
  /** How many acknowledgements a commit waits for. */
  readonly requiredAcks: number;
  readonly timeoutMs: number;
  /** It also waits out the time-out when fewer replicas are connected than have to acknowledge. */
  readonly waitsWithoutReplicas: boolean;
  /** Commits that were acknowledged to clients and by no replica, since the server started. */
  readonly unacknowledged: number;
}

/** What becomes of an acknowledged commit when the server's host crashes. */
export interface CommitSettings {
  /** It is on the disk, in the data and in the log, before it is acknowledged. */
  readonly durable: boolean;
  /** What says so, in the engine's own words: `sync_binlog=0, innodb_flush_log_at_trx_commit=1`. */
  readonly text: string;
}

export interface LongTransaction {
  readonly sessionId: number;
  readonly user: string;
  readonly seconds: number;
}

export interface Observation {
  readonly server: ServerId;
  readonly engine: EngineKind;
  /** The address this probe used. */
  readonly address: Address;
  /** The IP address that the name in `address` stood for, where it is a name. */
  readonly resolved?: Address;
  /** How the server calls itself (report_host, report_port), where it is set. */
  readonly announced?: Address;
  /** Epoch milliseconds at the end of the probe. */
  readonly observedAt: number;
  readonly tookMs: number;
  readonly version: Version;
  /** `server_id`: unique within a cluster, or replication breaks. Absent where an engine has no such thing. */
  readonly number?: number;
  /** Certain to be this server's alone for as long as its process runs. */
  readonly uuid?: string;
  readonly writeMode: WriteMode;
  readonly uptimeSeconds: number;
  readonly gtidEnabled: boolean;
  /** Its transactions have no names: `executed` is a place in its source's log, or in its own when it follows nobody. */
  readonly anonymous?: true;
  /** Everything applied. */
  readonly executed: Position;
  /**
   * What this server's own log says it holds, per origin: finer than `executed` where an engine's position
   * names only the newest transaction (MariaDB's gtid_binlog_state). For telling errant transactions.
   */
  readonly origins: Position;
  /** What the logs no longer hold; a replica that lacks it cannot follow this server. */
  readonly purged?: Position;
  readonly log: {
    readonly enabled: boolean;
    readonly file?: string;
    readonly offset?: number;
    readonly format?: 'ROW' | 'MIXED' | 'STATEMENT';
    /** It logs what it applies (log_slave_updates), so others can replicate from it. */
    readonly logsReplicated: boolean;
    /** Filters on what is logged (binlog-do-db …), sorted. */
    readonly filters: readonly string[];
  };
  readonly channels: readonly ReplicationChannel[];
  /** Its own wish: the less, the sooner it is promoted, and with 0 never. Absent where an engine knows no such thing. */
  readonly promotionPriority?: number;
  /** Where its replicas can be found, as far as it knows. */
  readonly downstream: readonly Address[];
  readonly semiSync: SemiSync;
  readonly commits: CommitSettings;
  /** Open transactions older than the engine's look-out limit, oldest first. */
  readonly longTransactions: readonly LongTransaction[];
}

/** A probe that got no answer, in words that a finding can show. */
export interface ProbeFailure {
  readonly address: Address;
  readonly at: number;
  /** `refused`: nobody listens there; `unreachable`: there is no way to it, or its name is not known. */
  readonly code:
    | 'refused'
    | 'unreachable'
    | 'reset'
    | 'timed-out'
    | 'access-denied'
    | 'too-many-connections'
    | 'failed';
  readonly message: string;
}
