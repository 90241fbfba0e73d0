/** All that a plan to reshape a cluster is made from. */

import type { Address } from '../identity.ts';
import type { EngineTraits } from '../switchover/plan-switchover.ts';
import type { Topology } from '../topology.ts';
import type { Planned } from './change-refusal.ts';
import type { NewNode } from './create-cluster.ts';
import type { Placements } from './placement.ts';
import type { ReshapeRequest } from './reshape-request.ts';
import type { ShardSituation } from './shard-situation.ts';
import type { SlotRepair } from './slot-repair.ts';

export interface ReshapeQuestion {
  readonly topology: Topology;
  readonly engine: EngineTraits;
  readonly situation: ShardSituation;
  readonly placements: Placements;
  readonly request: ReshapeRequest;
  /** Of `add-node`: what it says of itself. */
  readonly newcomer?: { readonly node: NewNode; readonly address: Address };
  /** Of `fix`: what is to be repaired, which only counting keys tells. */
  readonly repairs?: Planned<readonly SlotRepair[]>;
}
