/** What is asked of a manual failover, and why it may not come about. */
import type { NodeId } from '../../core/shards/cluster-view.ts';
import type { Election } from '../../core/shards/election-cooldown.ts';
import type { HandOverMode, HandOverRefusal } from '../../core/shards/hand-over-facts.ts';

export interface HandOverOrder {
  readonly candidate: NodeId;
  readonly mode: HandOverMode;
  /** What the caller remembers of the last 4 × node timeout: see `remember`. */
  readonly elections: readonly Election[];
  readonly name: (id: NodeId) => string;
  /**
   * Told right before the candidate is, so that it can be written down: nothing else remembers it, and within the
   * cooldown the same candidate must not be told again. Its time is that at which the attempt has ended at the latest;
   * the outcome has a better one.
   */
  readonly remember: (election: Election) => void | Promise<void>;
  /** Known not to answer: they are not asked, and so not waited for. */
  readonly dead?: ReadonlySet<NodeId>;
  /** How long a node that does not answer is waited for before the candidate is told. Default 500 ms. */
  readonly lookMs?: number;
  /** How long the old primary's resynchronisation is waited for. Default 5 s; with 0 it is not. */
  readonly resyncMs?: number;
}

export type HandOverFailureCode =
  | HandOverRefusal['code']
  /** Default mode: the primary has not answered just now. Told later, it would block its writes for 5 s in vain. */
  | 'primary-silent'
  | 'candidate-behind'
  /** The candidate answered the command with an error. */
  | 'server-refused'
  /** From here on: it was sent. See explain-hand-over.ts. */
  | 'candidate-silent'
  | 'not-caught-up'
  | 'not-held'
  | 'did-not-stand'
  | 'not-elected'
  | 'stale-election'
  | 'another-primary'
  | 'moved-away'
  | 'not-seen'
  | 'old-primary-unaware';

export interface HandOverFailure extends Omit<HandOverRefusal, 'code'> {
  readonly code: HandOverFailureCode;
}
