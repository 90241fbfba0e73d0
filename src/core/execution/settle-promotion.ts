/**
 * A promotion whose answer never came, or that a controller died in: what is to be done, from what the two
 * servers say now. First match wins. The same table serves the running operation and the resumed one.
 */
export type Side = 'writable' | 'read-only' | 'unreachable';

export interface PromotionFacts {
  /** The statement may have been sent: its step was journaled as begun, or the journal may lack its last lines. */
  readonly started: boolean;
  readonly done: boolean;
  readonly old: Side;
  readonly candidate: Side;
  /** The candidate still asks the old primary for its log: nobody has made it a primary by hand. */
  readonly follows: boolean;
}

export type Settlement =
  /** The candidate is the primary: go on with what follows the promotion. */
  | 'carry-on'
  /** The same, but first the old primary is frozen and the candidate gets what it may lack, if it can. */
  | 'level-and-on'
  /** Nobody was promoted yet: freeze, reach and promote; back when the candidate cannot have all there is. */
  | 'hand-over'
  /** Nothing changed hands yet and the old primary is still frozen: freeze, reach and promote once more. */
  | 'promote-again'
  | 'roll-back'
  /** It cannot be told who may have taken writes: ask again, and leave the old primary frozen meanwhile. */
  | 'ask-again';

type Verdict = Pick<Row, 'id' | 'verdict' | 'because'>;

interface Row {
  readonly id: string;
  when(facts: PromotionFacts): boolean;
  readonly verdict: Settlement;
  readonly because: string;
}

export const settlementTable: readonly Row[] = [
  {
    id: 'done',
    when: ({ done }) => done,
    verdict: 'carry-on',
    because: 'the candidate was seen writable; from there the way is forward',
  },
  {
    id: 'never-sent',
    when: ({ started, old, candidate }) => !started && candidate === 'writable' && old === 'writable',
    verdict: 'hand-over',
    because:
      'the candidate is writable by nothing that was sent to it, as a restart does: the old primary is frozen first, since its clients’ writes may not be there yet',
  },
  {
    id: 'still-replica',
    when: ({ started, old, candidate, follows }) =>
      !started && candidate === 'writable' && old === 'unreachable' && follows,
    verdict: 'roll-back',
    because:
      'nobody was promoted, and the candidate still replicates: that it is writable is its own restart’s doing, and it may lack what the silent primary took',
  },
  {
    id: 'old-gone',
    when: ({ old, candidate }) => candidate === 'writable' && old === 'unreachable',
    verdict: 'carry-on',
    because: 'the candidate is writable, and the old primary cannot be asked for what it may lack',
  },
  {
    id: 'took-effect',
    when: ({ candidate }) => candidate === 'writable',
    verdict: 'level-and-on',
    because:
      'the candidate is writable: clients may have written to it already. It may be so by its own restart, and gets what the old primary took meanwhile before it forgets it',
  },
  {
    id: 'not-started',
    when: ({ started }) => !started,
    verdict: 'roll-back',
    because: 'nothing was promoted, and clients wait: the old primary takes them back',
  },
  {
    id: 'old-took-writes',
    when: ({ old }) => old === 'writable',
    verdict: 'roll-back',
    because: 'the old primary takes writes again, by its own restart or a person’s word: it is the primary',
  },
  {
    id: 'candidate-silent',
    when: ({ candidate }) => candidate === 'unreachable',
    verdict: 'ask-again',
    because:
      'the candidate may have become writable before it fell silent; two writable primaries are worse than a wait',
  },
  {
    id: 'old-silent',
    when: ({ old }) => old === 'unreachable',
    verdict: 'ask-again',
    because: 'that the old primary is still frozen cannot be seen, so nobody else may be promoted',
  },
  {
    id: 'nothing-happened',
    when: () => true,
    verdict: 'promote-again',
    because: 'both are read-only: the hand-over is taken up where it stood',
  },
];

export function settlePromotion(facts: PromotionFacts): Verdict {
  const row = settlementTable.find(({ when }) => when(facts));
  return row ?? { id: 'none', verdict: 'ask-again', because: 'no row applies' };
}
