/** What is asked of a cluster's shape: who owns which slots, who is a member, and who replicates whom. */
import type { Address, ServerId } from '../identity.ts';
import type { MovePace } from './cluster-shaper.ts';

export type ReshapeRequest = MovePace & ReshapeChange;

export type ReshapeChange =
  | {
      readonly what: 'rebalance';
      readonly weights?: readonly { readonly server: ServerId; readonly weight: number }[];
      /** Per cent. Nothing moves while no primary is further than this from its share. Default 2. */
      readonly threshold?: number;
      /** Primaries without slots get their share too. */
      readonly useEmpty?: boolean;
    }
  | {
      readonly what: 'reshard';
      readonly from: readonly ServerId[] | 'all';
      readonly to: ServerId;
      readonly slots: number;
    }
  | {
      readonly what: 'add-node';
      readonly address: Address;
      /** `needy`: a replica of the primary that needs one most. */
      readonly as: 'primary' | 'needy' | { readonly replicaOf: ServerId };
    }
  | { readonly what: 'remove-node'; readonly server: ServerId; readonly drain: boolean }
  | {
      readonly what: 'fix';
      /** The slots of primaries that do not answer go to others: what only those have is lost. */
      readonly withoutUnreachable?: boolean;
      /** Of a key that two nodes have, and not the same, that of the node which gives stays. */
      readonly replace?: boolean;
    }
  | {
      readonly what: 'place-replicas';
      /** How many replicas that live a giver must keep. Default 1. */
      readonly barrier?: number;
    }
  | { readonly what: 'set-timeout'; readonly ms: number };

export type ReshapeKind = ReshapeChange['what'];
