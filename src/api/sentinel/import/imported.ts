/** What a sentinel.conf says, in the words of Dauphin. */
import type { Address } from '../../../core/identity.ts';

export interface ImportedCluster {
  readonly name: string;
  /** The primary first, then the replicas that the Sentinel knew. */
  readonly seeds: readonly Address[];
  readonly quorum: number;
  readonly auth?: { readonly user: string; readonly password: string };
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly parallelSyncs: number;
}

/** The Sentinel's own port, which Dauphin's face can take over. */
export interface ImportedFace {
  readonly host: string;
  readonly port: number;
  readonly maxClients?: number;
  readonly account?: { readonly user: string; readonly password: string };
  readonly tls?: {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly clientCaFile?: string;
  };
}

/** A directive that is not taken over as it stands. `note`: nothing is lost by that. */
export interface ImportWarning {
  /** From 1. */
  readonly line: number;
  readonly weight: 'note' | 'warning';
  readonly text: string;
}

export interface SentinelImport {
  readonly clusters: readonly ImportedCluster[];
  readonly face: ImportedFace;
  /** Servers are reached by TLS (`tls-replication yes`). */
  readonly serverTls?: { readonly caFile?: string };
  /** In the order of their lines. */
  readonly warnings: readonly ImportWarning[];
}

/** Sentinel's defaults (sentinel.c). */
export const sentinelDefaults = { downAfterMs: 30_000, failoverTimeoutMs: 180_000, parallelSyncs: 1 };
