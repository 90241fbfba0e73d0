/**
 * The port through which the slots and the members of a cluster are changed: what is done, as plain data, and who does it.
 * Every piece of work is safe to repeat: one that was ended anywhere is gone on with by being asked for again.
 */
import type { Call } from '../clock.ts';
import type { Address } from '../identity.ts';
import type { Planned } from './change-refusal.ts';
import type { NodeId } from './cluster-view.ts';
import type { NewNode } from './create-cluster.ts';
import type { SlotTransfer } from './slot-action.ts';
import type { SlotRepair } from './slot-repair.ts';
import type { SlotSet } from './slots.ts';

/** A node, and where it is reached from here. */
export interface Located {
  readonly id: NodeId;
  readonly address: Address;
}

export type ShapeWork =
  /** Each is told of each other one. */
  | { readonly do: 'introduce'; readonly nodes: readonly NodeId[] }
  | { readonly do: 'copy-functions'; readonly from: NodeId; readonly to: NodeId }
  | { readonly do: 'replicate'; readonly node: NodeId; readonly source: NodeId }
  /** Its copy is complete: takes as long as the data are large. */
  | { readonly do: 'await-copy'; readonly node: NodeId; readonly source: NodeId }
  | { readonly do: 'await-agreement'; readonly nodes: readonly NodeId[] }
  | { readonly do: 'move-slots'; readonly transfers: readonly SlotTransfer[] }
  /** As `planFix` finds it then; refused when another than `owner` would get them, unless nobody has keys of them. */
  | {
      readonly do: 'repair-slots';
      readonly slots: SlotSet;
      readonly owner: NodeId;
      readonly withoutUnreachable: boolean;
    }
  | { readonly do: 'forget'; readonly node: NodeId; readonly at: readonly NodeId[] }
  | { readonly do: 'reset'; readonly node: NodeId }
  /** `cluster-node-timeout`, in its configuration file too where it has one. */
  | { readonly do: 'set-timeout'; readonly node: NodeId; readonly ms: number };

/** How much of the servers' time a move of keys takes. */
export interface MovePace {
  /** The most keys of one call. */
  readonly keysPerCall?: number;
  /** A rest after every call, milliseconds. */
  readonly pauseMs?: number;
}

export interface MoveProgress {
  readonly slotsDone: number;
  readonly slots: number;
  readonly keysMoved: number;
}

export interface ShapeOptions extends MovePace {
  /** Of a key that two nodes have, and not the same, that of the node which gives stays. */
  readonly replace?: boolean;
  /** Ends it where nothing is left half way. The call's own signal ends it anywhere. */
  readonly stop?: AbortSignal;
  readonly onProgress?: (progress: MoveProgress) => void;
}

/** `why` names nodes by their ids. */
export type Shaped =
  | { readonly ok: true; readonly moved?: MoveProgress; readonly note?: string }
  | {
      readonly ok: false;
      readonly stopped: boolean;
      readonly why: string;
      readonly moved?: MoveProgress;
    };

/** Opens connections of its own for each call, and closes them. Throws faults of the catalogue. */
export interface ClusterShaper {
  /** What a node that is to be a member says of itself. */
  newcomer(address: Address, call: Call): Promise<NewNode>;
  /** Keys in the slots of each transfer, at its source. */
  countKeys(
    transfers: readonly SlotTransfer[],
    members: readonly Located[],
    call: Call,
  ): Promise<readonly number[]>;
  planFix(
    options: { readonly withoutUnreachable: boolean },
    members: readonly Located[],
    call: Call,
  ): Promise<Planned<readonly SlotRepair[]>>;
  /** `members`: all nodes of the cluster that are known, and those that the work names. */
  shape(work: ShapeWork, members: readonly Located[], options: ShapeOptions, call: Call): Promise<Shaped>;
}
