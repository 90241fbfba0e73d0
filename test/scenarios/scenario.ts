/**
 * A hand-over told without an engine's words: which servers, what is done to them, what is asked, and what must be true
 * afterwards. After MHA's `tests/t/t_*.sh`, whose ninety scripts are all such tuples.
 */
import type { FindingCode } from '../../src/core/finding.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Loss } from '../../src/core/operation.ts';
import type { PromotionRule } from '../../src/core/policy.ts';
import type { RefusalCode } from '../../src/core/switchover-request.ts';
import type { PolicyTraits } from '../../src/core/testing/test-policy.ts';

/** `p` is the primary at the beginning. */
export const names = ['p', 'r1', 'r2', 'r3', 'r4'] as const;
export type Name = (typeof names)[number];

type By<T> = Readonly<Partial<Record<Name, T>>>;

/** How many rows a transaction has: one, all of them, or so many. */
export type Batch = 'one' | 'all' | number;

export type Step =
  /** New rows on the primary, of which every replica that receives has received all when the step ends. */
  | {
      readonly verb: 'insert';
      readonly rows: number;
      readonly batch: Batch;
      readonly text: string;
      readonly on?: Name;
    }
  /** Every row there is, changed in one transaction. */
  | { readonly verb: 'update' }
  | {
      readonly verb:
        | 'stop-receiving'
        | 'start-receiving'
        | 'stop-applying'
        | 'start-applying'
        /** It forgets its source. */
        | 'forget-source'
        | 'rotate-log'
        | 'rotate-relay-log'
        /** All logged history but the newest file is gone. */
        | 'purge-history'
        | 'filter-receiving'
        /** Restarted with a filter on what it logs; `start-server` ends that. */
        | 'filter-logging'
        | 'delay'
        | 'make-writable'
        | 'make-read-only'
        /** A query of a minute that reads the table. */
        | 'long-query'
        /** An application holds the table locked, in a transaction of its own. */
        | 'hold-lock'
        | 'stop-server'
        | 'kill-server'
        | 'start-server'
        /** Its log is moved to where nobody looks, and back. */
        | 'hide-log'
        | 'show-log';
      readonly on: Name;
    }
  /** A row of the primary's to come, already there and not logged: the applier will stop at it. */
  | { readonly verb: 'break-applying'; readonly on: Name; readonly id: number }
  | { readonly verb: 'mend-applying'; readonly on: Name; readonly id: number }
  /** Logged transactions of a replica's own. */
  | { readonly verb: 'errant-write'; readonly on: Name; readonly count: number };

export type Trigger =
  /** The primary's process is killed (`how: 'process'`), or its host goes, agent and all, or it is shut down in order. */
  | {
      readonly ask: 'failover';
      readonly after?: 'process' | 'host' | 'stop';
      readonly to?: Name;
      readonly acceptDataLoss?: true;
    }
  | { readonly ask: 'switchover'; readonly to?: Name }
  | { readonly ask: 'rejoin'; readonly server: Name }
  /** Nothing is asked; the findings count. */
  | { readonly ask: 'nothing' };

/** A server that is up and does not end with the others' data. */
export interface Apart {
  readonly rows: number;
  /** Whom it replicates from; absent: nobody. */
  readonly source?: Name;
}

export type Expectation =
  | {
      /** `partial`: the primary is new, and flags name what could not be done. */
      readonly result: 'ok' | 'partial';
      readonly primary: Name;
      /** After one more row was written to the new primary; equal on it and on all that follow it. */
      readonly rows: number;
      /** Where a running server that is not apart does not follow the primary directly. */
      readonly follows?: By<Name>;
      readonly apart?: By<Apart>;
      readonly loss?: Loss['verdict'];
    }
  /** Before anything was done, or taken back: sources, write modes, rows and threads are as they were before. */
  | { readonly result: 'refused'; readonly codes: readonly RefusalCode[] }
  | {
      readonly result: 'rolled-back';
      readonly code: string;
      /** What was to be the primary, and has applied more by then than it had. */
      readonly but?: Name;
    }
  /** Of a rejoin: the server follows `primary` again, with its rows. */
  | { readonly result: 'rejoined'; readonly primary: Name }
  /** Nothing was asked: the warnings and worse that there are, each once. */
  | { readonly result: 'found'; readonly codes: readonly FindingCode[] };

export interface Act {
  readonly steps: readonly Step[];
  readonly trigger: Trigger;
  readonly expect: Expectation;
}

export interface Scenario {
  readonly title: string;
  /** MHA's tests that it stands for, by number. */
  readonly tests: Readonly<Record<number, string>>;
  /** Where ours is to end otherwise: what MHA expects, and why we do not. */
  readonly differs?: { readonly mha: string; readonly ours: string };
  readonly engines: readonly SqlEngineKind[];
  /** Default 4. */
  readonly replicas?: number;
  /** Who follows another than `p`; `p: 'r1'` makes a pair of them. */
  readonly under?: By<Name>;
  /** Replicas tell their source a file and an offset, though all transactions have GTIDs. */
  readonly byOffset?: true;
  /** An agent runs beside `p`. */
  readonly agent?: true;
  readonly rules?: By<PromotionRule>;
  readonly policy?: PolicyTraits;
  readonly serverArgs?: readonly string[];
  readonly acts: readonly Act[];
}
