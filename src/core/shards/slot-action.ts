/**
 * What is done to slots, one command to one node at a time, as plain data. Each is safe to repeat: it says what is to be
 * true of a node afterwards.
 */
import type { NodeId } from './cluster-view.ts';

export type SlotAction =
  /** `SETSLOT IMPORTING`: `at` takes the slot's keys from clients that were sent on (ASK), and from a move of keys. */
  | { readonly act: 'set-importing'; readonly at: NodeId; readonly slot: number; readonly from: NodeId }
  /** `SETSLOT MIGRATING`: `at` makes no new keys in the slot, and sends clients on to `to` for those that it lacks. */
  | { readonly act: 'set-migrating'; readonly at: NodeId; readonly slot: number; readonly to: NodeId }
  /**
   * All keys of the slot, some at a time (`GETKEYSINSLOT`, `MIGRATE`). A key that both have is compared: the same is
   * replaced, a different one stops the move unless `replace`.
   */
  | {
      readonly act: 'move-keys';
      readonly slot: number;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly replace?: true;
    }
  /** `SETSLOT NODE`: to `at`, `owner` has the slot. Told to an owner that imports, it takes a larger epoch of its own. */
  | { readonly act: 'set-owner'; readonly at: NodeId; readonly slot: number; readonly owner: NodeId }
  /** `SETSLOT STABLE`: `at` neither imports nor migrates the slot. */
  | { readonly act: 'set-stable'; readonly at: NodeId; readonly slot: number }
  /**
   * `at` owns the slot by its own word and with an epoch of its own, so that all others follow: in one transaction `DELSLOTS`
   * where it knows another owner, `ADDSLOTS`, `SETSLOT STABLE`, `BUMPEPOCH`.
   */
  | { readonly act: 'claim'; readonly at: NodeId; readonly slot: number }
  /** `DELSLOTS`: to `at`, nobody owns the slot. */
  | { readonly act: 'disown'; readonly at: NodeId; readonly slot: number };

/** A slot that is to go from one primary to another. */
export interface SlotMove {
  readonly slot: number;
  readonly from: NodeId;
  readonly to: NodeId;
}

/** Slots that go the same way. */
export interface SlotTransfer {
  readonly from: NodeId;
  readonly to: NodeId;
  /** In the order in which they go. */
  readonly slots: readonly number[];
}

export function movesOf(transfers: readonly SlotTransfer[]): readonly SlotMove[] {
  return transfers.flatMap(({ from, to, slots }) => slots.map((slot) => ({ slot, from, to })));
}
