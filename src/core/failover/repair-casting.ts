/** What a repair is planned of. */
import type { Engine } from '../engine.ts';
import type { ServerId } from '../identity.ts';
import type { ClusterPolicy, RepairMeans } from '../policy.ts';
import type { PositionGap } from '../positions.ts';
import type { EngineTraits } from '../switchover/plan-switchover.ts';
import type { SeenNode } from '../switchover/situation.ts';
import type { Node, Topology } from '../topology.ts';

export interface RepairQuestion {
  readonly topology: Topology;
  readonly policy: ClusterPolicy;
  readonly server: ServerId;
  readonly engine: EngineTraits & Pick<Engine, 'restores' | 'errant'>;
  /** A person's word; without it, what `failover.restore` allows. */
  readonly by?: RepairMeans;
}

export interface RepairCasting extends RepairQuestion {
  readonly node: SeenNode & { readonly errant: PositionGap };
  readonly source: Node;
  readonly primary: SeenNode;
  /** In this order, until one does. */
  readonly means: readonly RepairMeans[];
}
