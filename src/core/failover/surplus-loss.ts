/**
 * Whether what only an old primary has could ever have been acknowledged to a client, by what is on record of how it was
 * replaced. One table: first match wins. DESIGN, law 2: what is lost is named exactly.
 */
import type { Loss, Operation } from '../operation.ts';
import type { Replacement } from '../plan.ts';

export interface SurplusFacts {
  readonly surplus: { readonly transactions: number; readonly unit?: 'bytes'; readonly names: string };
  /** When the newest of it was written, by the host's own clock; absent when its log does not tell. */
  readonly newestAt?: number;
  /** Absent when no operation is on record in which it was replaced. */
  readonly replacement?: Replacement;
}

/** Clocks of hosts are not quite the same, and the log counts whole seconds. */
const clockMarginMs = 2000;

interface Row {
  readonly id: string;
  when(facts: SurplusFacts): boolean;
  readonly acknowledged: 'never' | 'maybe';
  readonly because: string;
}

export const surplusTable: readonly Row[] = [
  {
    id: 'not-on-record',
    when: ({ replacement }) => replacement === undefined,
    acknowledged: 'maybe',
    because: 'no failover is on record that says what it had acknowledged',
  },
  {
    id: 'asynchronous',
    when: ({ replacement }) => replacement?.proven === false,
    acknowledged: 'maybe',
    because: 'it acknowledged writes without waiting for a replica, or too few of its replicas answered',
  },
  {
    id: 'time-unknown',
    when: ({ newestAt }) => newestAt === undefined,
    acknowledged: 'maybe',
    because: 'its log does not tell when they were written',
  },
  {
    id: 'written-afterwards',
    when: ({ newestAt, replacement }) => (newestAt ?? 0) > (replacement?.at ?? 0) + clockMarginMs,
    acknowledged: 'maybe',
    because: 'it took writes after it had been replaced',
  },
  {
    id: 'never-acknowledged',
    when: () => true,
    acknowledged: 'never',
    because: 'it waited for a replica before it acknowledged a write, and the survivors lacked these',
  },
];

export function judgeSurplus(facts: SurplusFacts): Loss {
  const row = surplusTable.find(({ when }) => when(facts));
  if (!row) throw new RangeError('the last row always applies');
  const { transactions, unit, names } = facts.surplus;
  return {
    verdict: row.acknowledged === 'never' ? 'none' : 'known',
    transactions,
    ...(unit === undefined ? {} : { unit }),
    names,
    because: row.because,
  };
}

/** From the record of the failover that replaced it. */
export function replacementBy({
  id,
  plan,
  outcome,
  requestedAt,
  status,
  kind,
}: Operation): Replacement | undefined {
  if (kind !== 'failover' || status !== 'succeeded' || !plan) return undefined;
  const limits = plan.steps.flatMap(({ action }) => (action.verb === 'assess' ? [action.limits] : []))[0];
  // A loss of nothing is either proven by acknowledgements or by the log itself, which then has no surplus.
  const proven = limits?.provenBy !== undefined && outcome?.loss?.verdict === 'none';
  return { operation: id, at: plan.judgement?.suspectedAt ?? requestedAt, proven };
}
