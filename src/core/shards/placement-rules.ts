/** Rules about where nodes run, and about who moves replicas. */
import { listing } from '../wording.ts';
import type { ClusterRule } from './cluster-rule.ts';
import { levels, nodesByPlace, placeOf, shared } from './placement.ts';

export const placementRules: readonly ClusterRule[] = [
  {
    code: 'replica-with-its-primary',
    severity: 'warning',
    blocks: [],
    because: 'What takes the primary away takes the replica with it.',
    remedy: 'put the replica elsewhere, or let it change places with a replica of another shard',
    find: ({ shards }, { placements, name }) =>
      shards.flatMap((shard) =>
        shard.replicas.flatMap((replica) => {
          const level = shared(placements.get(replica), placements.get(shard.primary));
          if (level === undefined) return [];
          const place = placeOf(placements.get(replica), level) ?? level;
          return [
            {
              node: replica,
              ...(level === 'zone' ? { severity: 'notice' as const } : {}),
              summary: `${name(replica)} is ${level === 'host' ? 'on' : 'in'} the same ${level} as its primary ${name(shard.primary)}: ${place}`,
              evidence: { level, place, primary: name(shard.primary) },
            },
          ];
        }),
      ),
  },
  {
    code: 'primaries-share-host',
    severity: 'warning',
    blocks: [],
    because:
      'A majority of the primaries elects. Where one host or zone holds too many of them for the rest to be a majority, losing it stops the cluster for good (redis#6771).',
    remedy: 'hand over shards until no host and no zone holds that many primaries',
    find: ({ quorum: { voters, needed } }, { placements, name }) =>
      voters.length < 3
        ? []
        : levels.flatMap((level) =>
            [...nodesByPlace(voters, placements, level)]
              .filter(([, here]) => voters.length - here.length < needed)
              .map(([place, here]) => ({
                summary: `${place} holds ${here.length} of ${voters.length} primaries (${listing(here.map(name))}): without it nobody is elected`,
                evidence: { level, place, primaries: here.length, of: voters.length },
              })),
          ),
  },
  {
    code: 'migration-off',
    severity: 'notice',
    blocks: [],
    because:
      'With cluster-allow-replica-migration off the cluster gives an orphaned primary no replica by itself, and a primary that loses its last slot stays one.',
    remedy: 'none is needed where Dauphin places replicas',
    find: ({ nodes }, { migrationAllowed, name }) => {
      const off = nodes.filter(({ id }) => migrationAllowed.get(id) === false).map(({ id }) => name(id));
      return off.length === 0
        ? []
        : [
            {
              summary: `${listing(off)} ${off.length === 1 ? 'does' : 'do'} not move to an orphaned primary by ${off.length === 1 ? 'itself' : 'themselves'}`,
              evidence: { nodes: off.join(', ') },
            },
          ];
    },
  },
];
