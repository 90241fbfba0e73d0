/** What the configuration file says, in the terms of the program: nothing left out, nothing relative. */
import type { Credentials } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { PeerSettings } from '../../core/peer.ts';
import type { RecoveryLimits } from '../../core/recovery/may-recover.ts';
import type { ClusterSetup } from '../cluster-setup.ts';
import type { WatchTiming } from '../observation/cluster-watch.ts';
import type { SentinelSettings } from './sentinel-schema.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ClusterCredentials {
  readonly admin: Credentials;
  readonly replication?: Credentials;
}

export interface Configuration {
  /** Where the API listens. */
  readonly listen: Address;
  /** Absolute path. */
  readonly dataDir: string;
  readonly log: { readonly level: LogLevel };
  readonly poll: WatchTiming;
  readonly recovery: RecoveryLimits;
  /** Other controllers that watch the same servers. */
  readonly peers: readonly PeerSettings[];
  /** Where clients ask as they would ask Redis Sentinel; absent: nowhere. */
  readonly sentinel?: SentinelSettings;
  /** Those of every cluster that names none of its own; each cluster's are in its setup already. */
  readonly credentials: ClusterCredentials;
  readonly clusters: readonly ClusterSetup[];
}
