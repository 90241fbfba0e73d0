/**
 * Whether a hand-over in a Redis Cluster has come about. Neither the server's OK nor the candidate's own word is proof
 * (redis.md §0.1 and §1.6): a majority of the primaries must see it own the slots with a larger epoch.
 */
import { type ClusterPicture, type Shard, shardOf } from './cluster-picture.ts';
import {
  type ClusterNode,
  type ClusterView,
  hasFlag,
  lastWords,
  type NodeId,
  nodeIn,
  selfIn,
} from './cluster-view.ts';
import type { HandOverMode } from './hand-over-facts.ts';
import { findSlotOwners } from './slot-owners.ts';
import { includesSlots, intersectSlots } from './slots.ts';

export type HandOverJudgement =
  | { readonly kind: 'done'; readonly configEpoch: number; readonly seenBy: readonly NodeId[] }
  | {
      readonly kind: 'waiting';
      /**
       * `candidate`: it does not answer. `election`: it has not stood yet, it catches up or was not asked. `votes`: it stood
       * and was not elected yet. `majority`: it was elected, and not enough primaries know. `old-primary`: that one, which
       * answers, does not know, and may acknowledge writes.
       */
      readonly for: 'candidate' | 'election' | 'votes' | 'majority' | 'old-primary';
      readonly seenBy: readonly NodeId[];
    }
  | {
      readonly kind: 'failed';
      /**
       * `stale-election`: it calls itself primary by the votes of an earlier election; what it acknowledges will be lost,
       * and it will be a replica again in a moment. `another-primary`: a majority sees the slots elsewhere. `moved-away`: it
       * replicates from another primary now. `not-a-replica`: it was none before.
       */
      readonly because: 'stale-election' | 'another-primary' | 'moved-away' | 'not-a-replica';
      readonly seenBy: readonly NodeId[];
    };

export interface HandOverQuestion {
  /** As the cluster was before the candidate was told. */
  readonly before: ClusterPicture;
  readonly candidate: NodeId;
  readonly mode: HandOverMode;
  /** What the nodes say now; those that do not answer have no view here. */
  readonly views: readonly ClusterView[];
}

export function judgeHandOver({ before, candidate, mode, views: said }: HandOverQuestion): HandOverJudgement {
  const views = lastWords(said);
  const shard = shardOf(before, candidate);
  if (shard === undefined || shard.primary === candidate) {
    return { kind: 'failed', because: 'not-a-replica', seenBy: [] };
  }
  const seeing = views.filter((view) => seesIt(nodeIn(view, candidate), shard)).map((view) => view.by);
  // The candidate votes now where the old primary did: the number of voters is the same.
  const voters = [...before.quorum.voters.filter((id) => id !== shard.primary), candidate];
  const seenBy = seeing.filter((id) => voters.includes(id));
  if (isElsewhere(views, shard, candidate)) return { kind: 'failed', because: 'another-primary', seenBy };

  const own = views.find((view) => view.by === candidate);
  const self = own && selfIn(own);
  if (own === undefined || self === undefined) return { kind: 'waiting', for: 'candidate', seenBy };
  if (hasFlag(self, 'replica')) {
    if (self.sourceId !== undefined && self.sourceId !== shard.primary) {
      return { kind: 'failed', because: 'moved-away', seenBy };
    }
    return { kind: 'waiting', for: own.currentEpoch > before.currentEpoch ? 'votes' : 'election', seenBy };
  }
  if (self.configEpoch <= shard.configEpoch) return { kind: 'failed', because: 'stale-election', seenBy };
  if (seenBy.length < neededOf({ before, voters, mode, views }) || !seenBy.includes(candidate)) {
    return { kind: 'waiting', for: 'majority', seenBy };
  }
  const old = views.find((view) => view.by === shard.primary);
  if (old !== undefined && !seeing.includes(old.by)) return { kind: 'waiting', for: 'old-primary', seenBy };
  return { kind: 'done', configEpoch: self.configEpoch, seenBy };
}

function seesIt(node: ClusterNode | undefined, shard: Shard): boolean {
  return (
    node !== undefined &&
    hasFlag(node, 'primary') &&
    node.configEpoch > shard.configEpoch &&
    includesSlots(node.slots, shard.slots)
  );
}

interface Counting {
  readonly before: ClusterPicture;
  readonly voters: readonly NodeId[];
  readonly mode: HandOverMode;
  readonly views: readonly ClusterView[];
}

/** A takeover is for when there is no majority: all primaries that still answer must see it then. */
function neededOf({ before, voters, mode, views }: Counting): number {
  if (mode !== 'takeover') return before.quorum.needed;
  const answering = views.filter((view) => voters.includes(view.by)).length;
  return Math.min(before.quorum.needed, answering);
}

function isElsewhere(views: readonly ClusterView[], shard: Shard, candidate: NodeId): boolean {
  return findSlotOwners(views).ranges.some(
    ({ owner, settled, ...range }) =>
      settled &&
      owner !== undefined &&
      owner !== candidate &&
      owner !== shard.primary &&
      intersectSlots([range], shard.slots).length > 0,
  );
}
