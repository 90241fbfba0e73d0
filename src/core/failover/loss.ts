/**
 * Whether a failover may go on with what survivors and the dead primary's log hold, and what is then lost. One
 * table: first match wins. DESIGN, law 2: what is lost is named exactly.
 */
import type { Loss } from '../operation.ts';
import type { LossLimits } from '../plan.ts';
import type { PositionGap } from '../positions.ts';
import { listing } from '../wording.ts';
import type { LogWorth } from './log-worth.ts';

export interface LossFacts {
  readonly limits: LossLimits;
  /** How many of those who acknowledged said what they had received. */
  readonly acknowledging: number;
  /** `none-there`: no agent is configured for the dead server's host. */
  readonly log: 'read' | 'host-silent' | 'unreadable' | 'none-there';
  /** Whether it surely holds every write that was acknowledged. */
  readonly worth: LogWorth;
  /** What the dead primary had when it was last seen, or another that took writes has, and no survivor has now. */
  readonly missing: PositionGap;
  /** Names of those that may have acknowledged writes of which nobody knows; from `limits.possible`. */
  readonly unaccounted: readonly string[];
  /** Of those of them that say what they have: it is more than the survivors have. */
  readonly leftBehind: readonly string[];
}

export type LossDecision =
  | { readonly ok: true; readonly loss: Loss }
  | { readonly ok: false; readonly loss: Loss; readonly needs: string };

interface Row {
  readonly id: string;
  when(facts: LossFacts): boolean;
  readonly go: boolean;
  readonly because: string;
  /** What of it only the case can tell; follows `because`. */
  fact?(facts: LossFacts): string;
  /** What would let it go on; for rows that refuse. */
  readonly needs?: string;
}

const proven = ({ limits, acknowledging }: LossFacts): boolean =>
  limits.provenBy !== undefined && acknowledging >= limits.provenBy.survivors;

/** Whether the policy, or a person, puts up with what is known to be missing. */
export const acceptsLack = (limits: LossLimits, { count }: PositionGap): boolean =>
  limits.accepted !== undefined ||
  (limits.durability !== 'lossless' && (limits.maxLoss === 'any' || count <= limits.maxLoss));

/** What was weighed, and what was found lacking afterwards: of other transactions, since nobody had the ones weighed. */
export function withLack(weighed: Loss | undefined, lacking: PositionGap, because: string): Loss {
  const before = weighed?.verdict === 'none' ? undefined : weighed;
  const names = [before?.names ?? '', lacking.text].filter((text) => text !== '');
  return {
    ...before,
    verdict: 'known',
    transactions: (before?.transactions ?? 0) + lacking.count,
    ...(lacking.unit === undefined ? {} : { unit: lacking.unit }),
    names: names.join(', '),
    because: before ? `${before.because}; besides, ${because}` : because,
  };
}

const tooMuch = ({ limits, missing }: LossFacts): boolean =>
  limits.maxLoss !== 'any' && missing.count > limits.maxLoss;

/** It was read to an end that may not be where the server had got to. */
const maybeShort = ({ log, worth, missing }: LossFacts): boolean =>
  log === 'read' && missing.count === 0 && (worth === 'rebooted' || worth === 'unknown');

function shortBecause({ limits, worth }: LossFacts): string {
  const host =
    worth === 'rebooted' ? 'its host has restarted since' : 'whether its host has restarted is not known';
  return `${host}, and ${limits.commits?.text ?? 'how it committed is not known'}`;
}

const word = 'a person’s word: --accept-data-loss';

export const lossTable: readonly Row[] = [
  {
    id: 'left-behind',
    when: ({ limits, leftBehind }) => limits.accepted === undefined && leftBehind.length > 0,
    go: false,
    because: 'a server that an earlier operation may have promoted answers, and has what no survivor has',
    fact: ({ leftBehind }) => listing(leftBehind),
    needs: `that server made the primary (--to), or ${word}`,
  },
  {
    id: 'other-primary',
    when: ({ limits, unaccounted }) =>
      limits.durability === 'lossless' && limits.accepted === undefined && unaccounted.length > 0,
    go: false,
    because:
      'the policy is lossless, and a server that an earlier operation may have promoted may hold writes that nobody else has',
    fact: ({ unaccounted }) => listing(unaccounted),
    needs: `that server answering, so that what it has can be compared, or ${word}`,
  },
  {
    id: 'log-read',
    when: (facts) => facts.log === 'read' && facts.missing.count === 0 && !maybeShort(facts),
    go: true,
    because: 'the dead primary’s own log was read to its end',
  },
  {
    id: 'acknowledged-elsewhere',
    when: (facts) => proven(facts) && facts.missing.count === 0,
    go: true,
    because: 'every acknowledged write was received by a replica first, and enough of them answered',
  },
  {
    id: 'accepted',
    when: ({ limits }) => limits.accepted !== undefined,
    go: true,
    because: 'a person accepted it',
  },
  {
    id: 'log-maybe-short',
    when: (facts) => facts.limits.durability === 'lossless' && maybeShort(facts),
    go: false,
    because:
      'the policy is lossless, and the dead primary’s log may lack what it acknowledged last: not every commit was on its disk',
    fact: shortBecause,
    needs: `sync_binlog=1 and innodb_flush_log_at_trx_commit=1 next time, semi-synchronous replication, or ${word}`,
  },
  {
    id: 'not-proven',
    when: ({ limits }) => limits.durability === 'lossless',
    go: false,
    because: 'the policy is lossless, and nothing proves that every acknowledged write is held by a survivor',
    needs: `the dead primary’s log, semi-synchronous replication with enough replicas answering, or ${word}`,
  },
  {
    id: 'over-the-limit',
    when: tooMuch,
    go: false,
    because: 'more transactions are known to be missing than the policy puts up with',
    needs: `the dead primary’s log, a higher failover.maxLoss, or ${word}`,
  },
  {
    id: 'log-unreadable',
    when: ({ limits, log }) => limits.durability === 'salvage' && log === 'unreadable',
    go: false,
    because: 'the dead primary’s host answers, but its log could not be read',
    needs: `the log readable, or ${word}`,
  },
  {
    id: 'known',
    when: ({ missing }) => missing.count > 0,
    go: true,
    because: 'within what the policy puts up with; the named transactions are on no survivor',
  },
  {
    id: 'log-read-in-part',
    when: maybeShort,
    go: true,
    because:
      'the dead primary’s log was read, but may lack what it acknowledged last: not every commit was on its disk',
    fact: shortBecause,
  },
  {
    id: 'host-silent',
    when: ({ log }) => log === 'host-silent',
    go: true,
    because:
      'the dead primary’s host does not answer: what it acknowledged last and sent to nobody stays there',
  },
  {
    id: 'no-agent',
    when: () => true,
    go: true,
    because:
      'no agent reads the dead primary’s log: what it acknowledged last and sent to nobody stays there',
  },
];

export function decideLoss(facts: LossFacts): LossDecision {
  const row = lossTable.find(({ when }) => when(facts));
  if (!row) throw new RangeError('the last row always applies');
  const { missing, limits, unaccounted, leftBehind } = facts;
  const none = row.id === 'log-read' || row.id === 'acknowledged-elsewhere';
  const reason = row.fact ? `${row.because} (${row.fact(facts)})` : row.because;
  const still =
    row.go && leftBehind.length > 0 ? `; ${listing(leftBehind)} still has what it took alone` : '';
  const because = `${reason}${still}`;
  const loss: Loss = {
    verdict: none && unaccounted.length === 0 ? 'none' : missing.count > 0 ? 'known' : 'possible',
    transactions: missing.count,
    ...(missing.unit === undefined ? {} : { unit: missing.unit }),
    names: missing.text,
    because:
      unaccounted.length === 0 || row.id === 'other-primary'
        ? because
        : `${because}; but ${listing(unaccounted)} may have been the primary for a moment, and what was written there alone is not known`,
    ...(row.id === 'accepted' && limits.accepted ? { acceptedBy: limits.accepted.by } : {}),
  };
  return row.go ? { ok: true, loss } : { ok: false, loss, needs: row.needs ?? '' };
}
