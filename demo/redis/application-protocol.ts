/** What the demo and its application say to each other. All times are epoch microseconds of the machine clock. */
import type { LoadRecord, LoadStats } from '../../bench/redis/load/load-protocol.ts';
import type { Address } from '../../src/core/identity.ts';

export interface ApplicationSettings {
  /** It is told of these, and finds the others. */
  readonly nodes: readonly Address[];
  /** Writes a second. */
  readonly rate: number;
  readonly clockOffsetUs: number;
}

/** Each has one answer, in their order. */
export type ApplicationCommand =
  /** What was acknowledged after the first `from` writes. */
  | { readonly command: 'since'; readonly from: number }
  /** Write no more; answered when the last writes have their answer or are given up. */
  | { readonly command: 'stop' };

export interface ApplicationReply {
  readonly records: readonly LoadRecord[];
  readonly stats: LoadStats;
}
