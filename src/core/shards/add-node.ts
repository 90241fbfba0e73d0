/** Takes an empty node into a cluster, as a primary without slots or as a replica (redis.md §4, add-node). */
import { type ChangeRefusal, type Planned, planUnless, unfitForChange } from './change-refusal.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { type NewNode, unfitAsNew } from './create-cluster.ts';
import { neediestPrimary } from './place-replicas.ts';
import type { Placements } from './placement.ts';
import { notPrimary } from './reshard.ts';

export interface AddQuestion {
  readonly picture: ClusterPicture;
  readonly node: NewNode;
  /** `needy`: of the primary that has the fewest replicas. */
  readonly as: 'primary' | 'needy' | { readonly replicaOf: NodeId };
  readonly placements: Placements;
}

export interface Joining {
  readonly node: NodeId;
  /** The member that it is told to meet; the others hear of it from there. */
  readonly meet: NodeId;
  /** Absent: it becomes a primary without slots, and gets the cluster's functions first. */
  readonly replicaOf?: NodeId;
}

export function planJoining({ picture, node, as, placements }: AddQuestion): Planned<Joining> {
  const known = node.placement;
  const places = known === undefined ? placements : new Map([...placements, [node.id, known] as const]);
  const source =
    as === 'primary' ? undefined : as === 'needy' ? neediestPrimary(picture, node.id, places) : as.replicaOf;
  const meet = picture.quorum.answering[0];
  const member: readonly ChangeRefusal[] = picture.nodes.some(({ id }) => id === node.id)
    ? [
        {
          code: 'node-in-use',
          node: node.id,
          fact: `${node.name} is a member already`,
          needs: 'another node',
        },
      ]
    : unfitAsNew(node);
  const nobody: readonly ChangeRefusal[] =
    meet === undefined || (as !== 'primary' && source === undefined)
      ? [{ code: 'no-primary', fact: 'no primary with slots answers', needs: 'a cluster that works' }]
      : [];
  const refusals = [
    ...unfitForChange(picture),
    ...member,
    ...nobody,
    ...(source === undefined ? [] : notPrimary(picture, source)),
  ];
  return planUnless(refusals, () => ({
    node: node.id,
    meet: meet ?? node.id,
    ...(source === undefined ? {} : { replicaOf: source }),
  }));
}
