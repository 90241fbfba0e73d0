/** Rules about nodes: whether they live, what they say, and who stands by for whom. */
import { listing } from '../wording.ts';
import { type ClusterPicture, nodeOf, type PicturedNode, type Shard } from './cluster-picture.ts';
import type { ClusterMatch, ClusterRule, FindingContext } from './cluster-rule.ts';
import { opinionsText } from './opinions.ts';
import { formatSlots } from './slots.ts';

const isFine = (picture: ClusterPicture, shard: Shard): boolean =>
  shard.replicas.some((id) => nodeOf(picture, id)?.health !== 'failed');

/** A shard that has slots, and not one replica that could take over. */
function withoutReplica(picture: ClusterPicture): readonly Shard[] {
  return picture.shards.filter((shard) => shard.slots.length > 0 && !isFine(picture, shard));
}

const hadOne = (shard: Shard, { hadReplicas }: FindingContext): boolean =>
  shard.replicas.length > 0 || hadReplicas === undefined || hadReplicas.has(shard.primary);

function lonely(shard: Shard, { name }: FindingContext): ClusterMatch {
  const { length } = shard.replicas;
  const failed =
    length === 0 ? 'no replica' : `no replica that lives (${listing(shard.replicas.map(name))} failed)`;
  return {
    node: shard.primary,
    summary: `${name(shard.primary)} has ${failed}: when it dies, slots ${formatSlots(shard.slots)} are gone`,
    evidence: { replicas: length, slots: formatSlots(shard.slots) },
  };
}

function voices(nodes: PicturedNode['failedBy'], { name }: FindingContext): string {
  return listing(nodes.map(name));
}

export const membershipRules: readonly ClusterRule[] = [
  {
    code: 'node-failed',
    severity: 'warning',
    blocks: ['candidacy'],
    because: 'A majority of the primaries could not reach it for longer than the node timeout.',
    remedy: 'bring it back; if it does not come back, remove it from the cluster',
    find: ({ nodes, shards }, context) =>
      nodes
        .filter((node) => node.health === 'failed')
        .map((node) => {
          const owns = shards.some((shard) => shard.primary === node.id && shard.slots.length > 0);
          return {
            node: node.id,
            ...(owns ? { severity: 'critical', remedy: 'promote a replica of it: fail over' } : {}),
            summary: `${context.name(node.id)} has failed, by the word of ${voices(node.failedBy, context)}${owns ? '; its slots are not served' : ''}`,
            evidence: { role: node.role, by: node.failedBy.length, answers: node.asked },
          };
        }),
  },
  {
    code: 'node-suspected',
    severity: 'notice',
    blocks: [],
    because: 'Some node has not heard of it for the node timeout; others may be of another opinion.',
    remedy: 'see whether it answers, and whether the network between these nodes is well',
    find: ({ nodes }, context) =>
      nodes
        .filter((node) => node.health === 'suspected')
        .map((node) => {
          const by = [...new Set([...node.suspectedBy, ...node.failedBy])];
          return {
            node: node.id,
            summary: `${voices(by, context)} ${by.length === 1 ? 'suspects' : 'suspect'} that ${context.name(node.id)} is down${node.asked ? ', though it answers' : ''}`,
            evidence: { role: node.role, by: by.length, answers: node.asked },
          };
        }),
  },
  {
    code: 'orphaned-primary',
    severity: 'warning',
    blocks: ['failover'],
    because: 'It had a replica and has none that lives: when it dies, its slots are served by nobody.',
    remedy: 'place a replica there, from the shard that has the most',
    find: (picture, context) =>
      withoutReplica(picture)
        .filter((shard) => hadOne(shard, context))
        .map((shard) => lonely(shard, context)),
  },
  {
    code: 'shard-without-replica',
    severity: 'warning',
    blocks: ['failover'],
    because: 'It never had a replica: when it dies, its slots are served by nobody.',
    remedy: 'add a node to the cluster as its replica',
    find: (picture, context) =>
      withoutReplica(picture)
        .filter((shard) => !hadOne(shard, context))
        .map((shard) => lonely(shard, context)),
  },
  {
    code: 'views-disagree',
    severity: 'warning',
    blocks: [],
    because:
      'For milliseconds this is a hand-over on its way through the cluster; what lasts means that nodes do not hear each other, or that they need to be told.',
    remedy: 'wait for the node timeout; when it lasts, meet the nodes again or fix',
    find: ({ disagreements }, { name }) =>
      disagreements.map((found) => {
        const said = opinionsText(found.opinions, name);
        const of = found.fact === 'owner' ? `slots ${formatSlots(found.slots)}` : name(found.node);
        return {
          ...(found.fact === 'owner' ? {} : { node: found.node }),
          summary: `the nodes differ on the ${words[found.fact]} of ${of}: ${said}`,
          evidence: { fact: found.fact, of, opinions: found.opinions.length },
        };
      }),
  },
];

const words = {
  owner: 'owner',
  role: 'role',
  source: 'primary',
  epoch: 'configuration epoch',
  failed: 'health',
  known: 'membership',
} as const;
