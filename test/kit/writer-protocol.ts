/** What the writer's process and its owner say to each other. */
import type { Address } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { SqlAccount } from './sql.ts';

export interface WriterTarget {
  readonly name: string;
  readonly address: Address;
  readonly serverId: number;
}

export interface WriterSettings {
  readonly runId: string;
  readonly engine: SqlEngineKind;
  readonly servers: readonly WriterTarget[];
  /** Write through this address only; which server took a write is asked once a connection. */
  readonly proxy?: Address;
  readonly account: SqlAccount;
  /** Writes a second, all connections together. */
  readonly rate: number;
  readonly connections: number;
  /** A write without an answer by then counts as unknown, and its connection is given up. */
  readonly statementMs: number;
  readonly clockOffsetUs: number;
}

/** One acknowledged write. Times are epoch microseconds of the machine clock. */
export interface WriteRecord {
  readonly id: string;
  readonly server: string;
  readonly sentAt: number;
  readonly ackedAt: number;
}

export interface WriterMark {
  readonly label: string;
  readonly at: number;
  readonly acknowledged: number;
}

export interface WriterStats {
  readonly acknowledged: number;
  /** The server said no: certainly not written. */
  readonly refused: number;
  /** The connection ended or the answer did not come: written or not, nobody knows. Never sent again. */
  readonly unknown: number;
  /** By the server's error number or the system's code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Of the last acknowledged write. */
  readonly server: string | undefined;
  readonly lastAckedAt: number | undefined;
}

export type WriterCommand =
  | { readonly command: 'mark'; readonly label: string }
  | { readonly command: 'stats' }
  /** The acknowledged writes after the first `from`. */
  | { readonly command: 'since'; readonly from: number }
  | { readonly command: 'stop' };

/** Every command has one answer; before that of `stop` come the records, in parts. */
export type WriterReply =
  | { readonly reply: 'ready' }
  | { readonly reply: 'mark'; readonly mark: WriterMark }
  | { readonly reply: 'stats'; readonly stats: WriterStats }
  | { readonly reply: 'since'; readonly records: readonly WriteRecord[] }
  | { readonly reply: 'records'; readonly records: readonly WriteRecord[] }
  | { readonly reply: 'stopped'; readonly stats: WriterStats; readonly marks: readonly WriterMark[] };
