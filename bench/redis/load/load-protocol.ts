/** What the bench and its load processes say to each other. All times are epoch microseconds of the machine clock. */
import type { Address } from '../../../src/core/identity.ts';

/** One connection of the probe, to one server, whatever that server is at the moment. */
export interface ProbeLane {
  readonly server: string;
  readonly address: Address;
  /** Whose writes these are: their pauses are told apart by it. */
  readonly shard: string;
  /** Put in front of each key; a hash tag where the slot matters. */
  readonly prefix: string;
  /** Writes a second. */
  readonly rate: number;
}

export interface ProbeSettings {
  readonly kind: 'probe';
  readonly lanes: readonly ProbeLane[];
}

/** How an ordinary client is told of the servers. */
export type ClientConnection =
  /** At one address, until it is told another. */
  | { readonly by: 'address'; readonly address: Address }
  | { readonly by: 'sentinels'; readonly sentinels: readonly Address[]; readonly name: string }
  | { readonly by: 'cluster'; readonly nodes: readonly Address[] };

export interface ClientStream {
  readonly shard: string;
  /** Put in front of each key. Without a hash tag in it, the keys lie in all slots. */
  readonly prefix: string;
  /** Writes a second. */
  readonly rate: number;
}

export interface ClientSettings {
  readonly kind: 'client';
  readonly connection: ClientConnection;
  readonly streams: readonly ClientStream[];
}

export interface LoadSettings<Role extends ProbeSettings | ClientSettings> {
  readonly role: Role;
  readonly clockOffsetUs: number;
}

/** One acknowledged write: `key` holds `value`. */
export interface LoadRecord {
  readonly key: string;
  readonly value: string;
  readonly shard: string;
  /** The one that took it; empty where a client library does not say. */
  readonly server: string;
  readonly sentAt: number;
  readonly ackedAt: number;
}

export interface LoadStats {
  readonly acknowledged: number;
  /** A server's own error: not written. */
  readonly refused: number;
  /** The connection ended, or the client library gave up: written or not, nobody knows. */
  readonly unknown: number;
  /** By the server's code, or the beginning of what the client library says. */
  readonly errors: Readonly<Record<string, number>>;
  /** When the newest write that a server took was acknowledged, by its name; of a client, by the shard's. */
  readonly lastAckedAt: Readonly<Record<string, number>>;
}

export type LoadCommand =
  | { readonly command: 'stats' }
  /** Of a client at one address: go there from now on. */
  | { readonly command: 'follow'; readonly address: Address }
  | { readonly command: 'stop' };

/** Each command has one answer, in the order of the commands; before that of `stop` come the records, in parts. */
export type LoadReply =
  | { readonly reply: 'ready' }
  | { readonly reply: 'stats'; readonly stats: LoadStats }
  | { readonly reply: 'following' }
  | { readonly reply: 'records'; readonly records: readonly LoadRecord[] }
  | { readonly reply: 'stopped'; readonly stats: LoadStats };
