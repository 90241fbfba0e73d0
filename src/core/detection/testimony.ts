/** What one witness says of a server that may be dead. Never mutated; a judgement is made of several. */

/**
 * Two of different kinds, or two replicas, are independent; two looks of one controller are not. A `peer` is another
 * controller, which tells what it sees itself and nothing that it was told.
 */
export type WitnessKind = 'controller' | 'peer' | 'replica' | 'agent';

export type Statement =
  /** It serves: it answers, or a replica receives from it. */
  | 'serves'
  /** Nothing listens there, or its process has ended: it cannot acknowledge a write. */
  | 'gone'
  /** It was asked and did not answer in time, or a receiver cannot get through to it. */
  | 'silent'
  /** It answers, but writes wait: its disk or its commits are stuck. */
  | 'stuck'
  /** This witness was asked and knows nothing: it does not answer itself, or its replication was stopped by hand. */
  | 'cannot-tell';

export interface Testimony {
  readonly kind: WitnessKind;
  /** `controller`, `peer west`, a replica's name, `agent of db1`. */
  readonly witness: string;
  readonly says: Statement;
  /** In words, with the error in it: `receiver: error 2003 connecting to source`. */
  readonly fact: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export type Verdict = 'alive' | 'unsure' | 'dead';

export interface Judgement {
  readonly verdict: Verdict;
  /** The row of the table that decided. */
  readonly rule: string;
  readonly because: string;
  readonly testimonies: readonly Testimony[];
  /** When the first sign of trouble was seen; epoch milliseconds. */
  readonly suspectedAt: number;
  readonly judgedAt: number;
}
