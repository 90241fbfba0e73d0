/**
 * The store port: an ordered key-value space with revisions, compare-and-set transactions, leases and
 * watches (etcd's model). Cluster ownership, fencing tokens, operations and their journals live in it.
 */
export type Revision = number;
export type LeaseId = string;

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** The revision at which this key came into being; changes when it is deleted and put again. A fencing token. */
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly lease?: LeaseId;
}

export type Compare =
  | { readonly key: string; readonly is: 'absent' }
  | { readonly key: string; readonly is: 'present' }
  | { readonly key: string; readonly is: 'mod-revision'; readonly revision: Revision }
  | { readonly key: string; readonly is: 'create-revision'; readonly revision: Revision };

export type Write =
  | { readonly put: string; readonly value: string; readonly lease?: LeaseId }
  | { readonly delete: string };

/**
 * `flushed`: on the disk when the commit returns; survives the machine's crash.
 * `buffered`: handed to the operating system; survives `kill -9` of the controller, not the machine's crash.
 * A later flushed commit flushes the buffered ones before it.
 */
export type Durability = 'flushed' | 'buffered';

export interface Transaction {
  readonly compare?: readonly Compare[];
  /** Each key at most once; stores differ in what twice would mean, so all of them refuse it. */
  readonly writes: readonly Write[];
  /** `flushed` unless said otherwise. */
  readonly durability?: Durability;
}

export type CommitResult =
  | { readonly ok: true; readonly revision: Revision }
  | { readonly ok: false; readonly failed: Compare };

export type WatchEvent =
  | { readonly kind: 'put'; readonly revision: Revision; readonly entry: Entry }
  | { readonly kind: 'delete'; readonly revision: Revision; readonly key: string }
  /** The history before `revision` is no longer held: read the range anew and go on from there. */
  | { readonly kind: 'compacted'; readonly revision: Revision };

export interface RangeOptions {
  readonly limit?: number;
  /** From the last key downwards. */
  readonly reverse?: boolean;
}

export interface Store {
  get(key: string): Promise<Entry | undefined>;
  /** Entries whose key starts with `prefix`, in key order, and the revision they were read at. */
  range(prefix: string, options?: RangeOptions): Promise<{ entries: readonly Entry[]; revision: Revision }>;
  /**
   * All writes or none; all keys written share one new revision, and what changes nothing makes none. Throws
   * Fault `store-unavailable`, after which the commit may still have happened (read to know), and `lease-lost`
   * when a put names a lease that has ended.
   */
  commit(transaction: Transaction): Promise<CommitResult>;
  grantLease(ttlMs: number): Promise<LeaseId>;
  /** False when the lease has ended: its keys are gone and the holder must stop acting. */
  keepAlive(lease: LeaseId): Promise<boolean>;
  revokeLease(lease: LeaseId): Promise<void>;
  /**
   * Every change under `prefix` from `fromRevision` (inclusive) on, in order, none left out. Ends with the signal, with
   * the store's closing, and after `compacted`; never with an error for these.
   */
  watch(prefix: string, fromRevision: Revision, signal: AbortSignal): AsyncIterable<WatchEvent>;
  close(): Promise<void>;
}
