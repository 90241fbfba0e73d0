/** What a step of a plan does that reshapes a cluster of several primaries. */
import type { Target } from '../target.ts';
import type { MovePace } from './cluster-shaper.ts';
import type { RepairKind } from './slot-repair.ts';

export type ReshapeAction =
  /** Slots go from one primary to another with their keys, while clients work. `slots`: `0-99 120`. */
  | {
      readonly verb: 'move-slots';
      readonly from: Target;
      readonly to: Target;
      readonly slots: string;
      readonly pace: MovePace;
    }
  /** What slots that are open, contested or nobody's need now, so that this server has them in the end. */
  | {
      readonly verb: 'repair-slots';
      readonly server: Target;
      readonly slots: string;
      readonly how: RepairKind;
      readonly withoutUnreachable: boolean;
      readonly replace: boolean;
      readonly pace: MovePace;
    }
  /** An empty node becomes a member; a primary is given the functions that the others have. */
  | {
      readonly verb: 'meet';
      readonly server: Target;
      readonly members: readonly Target[];
      readonly functionsFrom?: Target;
    }
  /** Returns once its copy is complete. */
  | { readonly verb: 'replicate'; readonly server: Target; readonly source: Target }
  /** A member is forgotten by all others, and with `reset` forgets them. */
  | {
      readonly verb: 'forget';
      readonly server: Target;
      readonly by: readonly Target[];
      readonly reset: boolean;
    }
  /** How long a node of a cluster may be silent before the others suspect it. */
  | { readonly verb: 'set-timeout'; readonly server: Target; readonly ms: number }
  /** All see the same roles, slots and epochs. */
  | { readonly verb: 'agree'; readonly servers: readonly Target[] };
