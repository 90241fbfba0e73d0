/** What a test says of a server; all it leaves out is healthy. */
import type { Address, OperationId } from '../identity.ts';
import type {
  EngineKind,
  LongTransaction,
  Observation,
  ProbeFailure,
  ReceiverError,
  ReplicationChannel,
  ReplicationError,
  SemiSync,
  WriteMode,
} from '../observation.ts';
import type { Downtime, PromotionRule, ServerSettings } from '../policy.ts';
import type { Acknowledging, HostLook } from '../topology.ts';

export interface ServerTraits {
  /** A member's name, or the `host:port` of a server outside the cluster. */
  readonly source?: string;
  /** Further sources, named likewise; each becomes a channel `extra-1`, `extra-2` … */
  readonly extraSources?: readonly string[];

  readonly lagSeconds?: number | null;
  readonly delaySeconds?: number;
  readonly receiver?: ReplicationChannel['receiver'];
  readonly applier?: ReplicationChannel['applier'];
  /** Also stops the receiver, unless `receiver` says otherwise. */
  readonly receiverError?: ReceiverError;
  /** Also stops the applier, unless `applier` says otherwise. */
  readonly applierError?: ReplicationError;
  readonly filters?: readonly string[];
  readonly channel?: Partial<ReplicationChannel>;

  /** Transactions of `db1:100` that it lacks. */
  readonly behind?: number;
  /** Transactions written on this server itself. */
  readonly errant?: number;
  /** In the notation of counted positions; in place of `behind` and `errant`. */
  readonly executed?: string;

  readonly writeMode?: WriteMode;
  /** `10.11.19` */
  readonly version?: string;
  readonly engine?: EngineKind;
  /** `server_id`; its place in the cluster where not given. */
  readonly number?: number;
  /** False: neither the server nor its channel uses GTIDs. */
  readonly gtid?: boolean;
  readonly log?: Partial<Observation['log']>;
  readonly semiSync?: Partial<SemiSync>;
  readonly longTransactions?: readonly LongTransaction[];
  readonly seen?: Partial<Observation>;

  /** The last probe failed. */
  readonly unreachable?: true | ProbeFailure['code'];
  /** How long ago the last probe that answered was; by default 0, or 30 s for an unreachable server. */
  readonly seenMsAgo?: number;
  /** In what the look before that one differed. */
  readonly previous?: ServerTraits;
  readonly neverSeen?: boolean;

  /** What its host's agent says. */
  readonly host?: HostLook;
  readonly stalledSince?: number;
  readonly returns?: number;
  readonly acknowledging?: Acknowledging;
  readonly noneCameSince?: number;

  /** The operation that made another server the primary in its place. */
  readonly replacedBy?: OperationId;

  readonly address?: Address;
  readonly aliases?: readonly Address[];
  readonly name?: string;
  readonly promotionRule?: PromotionRule;
  readonly dataCenter?: string;
  readonly downtime?: Downtime;
  readonly settings?: Partial<ServerSettings>;
}
