/**
 * When the nodes of a cluster stood for election, as looks at them tell: by this controller's word, by a person's or by
 * themselves. They count the requests for votes that they send, and the count shows what was missed, also while no
 * controller ran.
 */
import type { ClusterSight } from './cluster-sight.ts';
import { type NodeId, selfIn } from './cluster-view.ts';
import type { Election } from './election-cooldown.ts';

/** Of one node; kept over restarts of the controller. */
export interface ElectionMemory {
  /** `ClusterSight.stood` as it was at the last look. */
  readonly stood: number;
  /** Epoch milliseconds of that look. */
  readonly lookedAt: number;
  /** Whose replica it was then. */
  readonly source?: NodeId;
  /** Its last one. */
  readonly election?: Election;
  /** It was told to stand, or is about to be: until `at` nobody knows whether it will. */
  readonly announced?: Election;
}

/** An election that its own hand-over told of is not taken for a later one for so long. */
const sameMs = 3_000;

/** What is known after one more look. */
export function noticeElection(before: ElectionMemory | undefined, sight: ClusterSight): ElectionMemory {
  const { view, stood } = sight;
  const source = selfIn(view)?.sourceId;
  const { election, announced } = electionsAfter(before, sight, before ? before.source : source);
  return {
    stood,
    lookedAt: view.at,
    ...(source === undefined ? {} : { source }),
    ...(election === undefined ? {} : { election }),
    ...(announced === undefined ? {} : { announced }),
  };
}

type Elections = { readonly [K in 'election' | 'announced']: Election | undefined };

function electionsAfter(
  before: ElectionMemory | undefined,
  { view, stood }: ClusterSight,
  source: NodeId | undefined,
): Elections {
  const against = before?.announced?.against ?? source;
  const now: Election = { node: view.by, ...(against === undefined ? {} : { against }), at: view.at };
  if (before === undefined) return { election: stood === 0 ? undefined : now, announced: undefined };
  const { election, announced, lookedAt } = before;
  // One that counts less than before was restarted: it has forgotten, those who voted have not.
  const grew = stood !== before.stood && stood > 0;
  if (!grew) {
    const over = announced !== undefined && announced.at <= view.at;
    return { election, announced: over ? undefined : announced };
  }
  const told = election !== undefined && election.at >= lookedAt && view.at - election.at < sameMs;
  return { election: told ? election : now, announced: undefined };
}

/** Known before it can be seen: `at` is that at which it is surely over, or was. */
export function tellElection(
  before: ElectionMemory | undefined,
  told: Election,
  now: number,
): ElectionMemory {
  const { announced: _, ...rest } = before ?? { stood: 0, lookedAt: 0 };
  return told.at > now ? { ...rest, announced: told } : { ...rest, election: told };
}

/** All that count, for `electionWaitMs`. */
export function electionsOf(memories: Iterable<ElectionMemory>): readonly Election[] {
  return [...memories].flatMap(({ election, announced }) =>
    [election, announced].filter((it) => it !== undefined),
  );
}
