/**
 * Who owns each slot when the nodes do not agree. A slot's owner is the one whom a majority of the primaries with slots
 * names, as in an election (redis.md §1.3); where there is no majority, the one with the larger epoch will prevail.
 */
import { compareNames } from '../compare-names.ts';
import { type ClusterView, isVoter, type NodeId, selfIn } from './cluster-view.ts';
import { SLOT_COUNT, type SlotRange } from './slots.ts';

export interface SlotClaim {
  readonly by: NodeId;
  /** Absent: nobody owns it. */
  readonly owner?: NodeId;
}

/** A range of slots of which every node says the same from end to end. */
export interface OwnedRange extends SlotRange {
  readonly owner?: NodeId;
  /** A majority of all primaries with slots says so. */
  readonly settled: boolean;
  readonly claims: readonly SlotClaim[];
}

export interface SlotOwners {
  /** In order and without gaps, from slot 0 to the last one. */
  readonly ranges: readonly OwnedRange[];
  /** The primaries with slots, whether they answer or not. */
  readonly voters: readonly NodeId[];
  /** How many of them are a majority. */
  readonly needed: number;
}

/** `views`: at most one of each node. */
export function findSlotOwners(views: readonly ClusterView[]): SlotOwners {
  const spans = claimedRanges(views);
  const epochs = largestEpochs(views);
  // Who has the vote follows from who owns slots: first by the word of all who believe that they have it.
  const believing = views
    .filter((view) => {
      const self = selfIn(view);
      return self !== undefined && isVoter(self);
    })
    .map((view) => view.by);
  const first = spans.flatMap((span) => strongest(span.claims, believing, epochs).owner ?? []);
  const voters = [...new Set(first)].sort(compareNames);
  const needed = Math.floor(voters.length / 2) + 1;
  return {
    voters,
    needed,
    ranges: spans.map((span) => {
      const { owner, votes } = strongest(span.claims, voters, epochs);
      return { ...span, ...(owner === undefined ? {} : { owner }), settled: votes >= needed };
    }),
  };
}

interface Claimed extends SlotRange {
  readonly claims: readonly SlotClaim[];
}

function claimedRanges(views: readonly ClusterView[]): readonly Claimed[] {
  const starts = new Set([0]);
  const tables = views.map((view) => {
    const owners = view.nodes.flatMap((node) => node.slots.map((range) => ({ ...range, owner: node.id })));
    owners.sort((a, b) => a.first - b.first);
    for (const { first, last } of owners) starts.add(first).add(last + 1);
    return { by: view.by, owners, at: 0 };
  });
  const sorted = [...starts].filter((slot) => slot < SLOT_COUNT).sort((a, b) => a - b);
  return sorted.map((first, index) => {
    const claims = tables.map((table): SlotClaim => {
      while ((table.owners[table.at]?.last ?? SLOT_COUNT) < first) table.at += 1;
      const range = table.owners[table.at];
      return range !== undefined && range.first <= first
        ? { by: table.by, owner: range.owner }
        : { by: table.by };
    });
    return { first, last: (sorted[index + 1] ?? SLOT_COUNT) - 1, claims };
  });
}

/** Only as a primary: what is printed as a replica's epoch is its primary's. */
function largestEpochs(views: readonly ClusterView[]): ReadonlyMap<NodeId, number> {
  const epochs = new Map<NodeId, number>();
  for (const { id, configEpoch } of views.flatMap((view) => view.nodes.filter(isVoter))) {
    epochs.set(id, Math.max(configEpoch, epochs.get(id) ?? 0));
  }
  return epochs;
}

interface Strongest {
  readonly owner?: NodeId;
  readonly votes: number;
}

/** Only when none of those who have the vote answers do the others count, and then they prove nothing. */
function strongest(
  claims: readonly SlotClaim[],
  voters: readonly NodeId[],
  epochs: ReadonlyMap<NodeId, number>,
): Strongest {
  const votes = claims.filter(({ by }) => voters.includes(by));
  const counted = votes.length > 0 ? votes : claims;
  const count = (owner: NodeId | undefined): number =>
    counted.filter((claim) => claim.owner === owner).length;
  const epoch = (owner: NodeId | undefined): number => (owner === undefined ? -1 : (epochs.get(owner) ?? 0));
  const [owner] = [...new Set(counted.map((claim) => claim.owner))].sort(
    (a, b) => count(b) - count(a) || epoch(b) - epoch(a) || compareNames(a ?? '', b ?? ''),
  );
  return { ...(owner === undefined ? {} : { owner }), votes: votes.length > 0 ? count(owner) : 0 };
}
