/**
 * Where the nodes of a cluster do not say the same. In a hand-over this lasts for milliseconds; what lasts for longer than
 * a node timeout does not go away by itself.
 */
import type { Disagreement, PicturedNode } from './cluster-picture.ts';
import { type ClusterNode, type ClusterView, hasFlag, type NodeId, nodeIn } from './cluster-view.ts';
import { gatherOpinions, type Opinion } from './opinions.ts';
import { roleOf } from './pictured-nodes.ts';
import type { OwnedRange, SlotOwners } from './slot-owners.ts';
import { slotSet } from './slots.ts';

interface Agreed {
  readonly owners: SlotOwners;
  readonly nodes: readonly PicturedNode[];
}

export function findDisagreements(views: readonly ClusterView[], agreed: Agreed): readonly Disagreement[] {
  return [
    ...ownerDisagreements(agreed.owners.ranges),
    ...agreed.nodes.flatMap((node) => nodeDisagreements(node, views)),
  ];
}

/** Ranges of which the same nodes say the same are one disagreement. */
function ownerDisagreements(ranges: readonly OwnedRange[]): readonly Disagreement[] {
  const alike = new Map<string, OwnedRange[]>();
  for (const range of ranges) {
    if (new Set(range.claims.map((claim) => claim.owner)).size < 2) continue;
    const key = JSON.stringify(range.claims);
    alike.set(key, [...(alike.get(key) ?? []), range]);
  }
  return [...alike.values()].map((same) => ({
    fact: 'owner',
    slots: slotSet(same),
    opinions: claimOpinions(same[0]?.claims ?? []),
  }));
}

function claimOpinions(claims: OwnedRange['claims']): readonly Opinion[] {
  const found = new Map<string, NodeId[]>();
  for (const { by, owner = 'nobody' } of claims) found.set(owner, [...(found.get(owner) ?? []), by]);
  return [...found].map(([says, by]) => ({ says, by })).sort((a, b) => b.by.length - a.by.length);
}

interface NodeFact {
  readonly fact: Exclude<Disagreement['fact'], 'owner'>;
  /** What one node says of another, or of itself; undefined where it says nothing. */
  readonly say: (node: ClusterNode | undefined, of: PicturedNode, view: ClusterView) => string | undefined;
}

const nodeFacts: readonly NodeFact[] = [
  { fact: 'role', say: (node) => node && roleOf(node) },
  {
    fact: 'source',
    say: (node) => (node && roleOf(node) === 'replica' ? (node.sourceId ?? 'nobody') : undefined),
  },
  {
    // What is printed as a replica's epoch is its primary's in some versions.
    fact: 'epoch',
    say: (node, of) =>
      node && of.role === 'primary' && roleOf(node) === 'primary' ? `${node.configEpoch}` : undefined,
  },
  {
    // To suspect is everyone's own affair, and a node knows nothing of its own failure.
    fact: 'failed',
    say: (node, of, view) =>
      node === undefined || view.by === of.id ? undefined : hasFlag(node, 'fail') ? 'failed' : 'fine',
  },
  { fact: 'known', say: (node) => (node === undefined ? 'unknown' : 'known') },
];

function nodeDisagreements(of: PicturedNode, views: readonly ClusterView[]): readonly Disagreement[] {
  return nodeFacts.flatMap(({ fact, say }) => {
    const opinions = gatherOpinions(views, (view) => {
      const node = nodeIn(view, of.id);
      return say(node !== undefined && hasFlag(node, 'handshake') ? undefined : node, of, view);
    });
    return opinions.length < 2 ? [] : [{ fact, node: of.id, opinions }];
  });
}
