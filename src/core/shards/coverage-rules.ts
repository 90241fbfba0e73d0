/** Rules about slots, and about who has them. */
import { counted, listing } from '../wording.ts';
import type { ClusterRule } from './cluster-rule.ts';
import { countSlots, formatSlots } from './slots.ts';

export const coverageRules: readonly ClusterRule[] = [
  {
    code: 'slots-uncovered',
    severity: 'critical',
    blocks: [],
    because:
      'Commands on these slots fail; unless cluster-require-full-coverage is off, all nodes refuse all commands (CLUSTERDOWN).',
    remedy: 'fix: the slots are given to a primary, to the one that has keys of them if any has',
    find: ({ unassigned, nodes }) =>
      unassigned.length === 0 || nodes.length === 0
        ? []
        : [
            {
              summary: `${counted(countSlots(unassigned), 'slot')} ${countSlots(unassigned) === 1 ? 'belongs' : 'belong'} to nobody: ${formatSlots(unassigned)}`,
              evidence: { count: countSlots(unassigned), slots: formatSlots(unassigned) },
            },
          ],
  },
  {
    code: 'slots-open',
    severity: 'warning',
    blocks: ['switchover'],
    because:
      'A slot on its way has its keys on two nodes. Commands with several keys of it fail (TRYAGAIN), and a failover of either node may leave it half moved.',
    remedy: 'wait for the move that is under way; when there is none, fix',
    find: ({ open }, { name }) =>
      open.map(({ slot, migrating, importing }) => {
        const ways = [
          ...migrating.map(({ at, to }) => `${name(at)} sends it to ${name(to)}`),
          ...importing.map(({ at, from }) => `${name(at)} takes it from ${name(from)}`),
        ];
        const [node] = [...migrating, ...importing].map(({ at }) => at);
        return {
          ...(node === undefined ? {} : { node }),
          summary: `slot ${slot} is open: ${listing(ways)}`,
          evidence: { slot, migrating: migrating.length, importing: importing.length },
        };
      }),
  },
  {
    code: 'too-few-primaries',
    severity: 'warning',
    blocks: ['failover'],
    because:
      'With fewer than three primaries there is no majority once one of them is dead, and nobody is elected.',
    remedy: 'add nodes until there are at least three primaries with slots',
    find: ({ quorum: { voters }, nodes }, { name }) =>
      voters.length >= 3 || nodes.length === 0
        ? []
        : [
            {
              summary: `${voters.length === 0 ? 'no primary has slots' : `only ${listing(voters.map(name))} ${voters.length === 1 ? 'has' : 'have'} slots`}: without one of them there is no majority`,
              evidence: { primaries: voters.length },
            },
          ],
  },
  {
    code: 'epoch-collision',
    severity: 'warning',
    blocks: ['switchover'],
    because:
      'When two primaries claim a slot the larger epoch prevails; equal ones decide nothing. The nodes mend it by themselves as soon as they hear each other.',
    remedy: 'wait; when it lasts for longer than the node timeout, see whether these nodes hear each other',
    find: ({ shards }, { name }) => {
      const epochs = new Map<number, (typeof shards)[number][]>();
      for (const shard of shards.filter(({ configEpoch }) => configEpoch > 0)) {
        epochs.set(shard.configEpoch, [...(epochs.get(shard.configEpoch) ?? []), shard]);
      }
      return [...epochs]
        .filter(([, alike]) => alike.length > 1)
        .map(([epoch, alike]) => ({
          summary: `${listing(alike.map(({ primary }) => name(primary)))} have the same configuration epoch ${epoch}`,
          evidence: { epoch, nodes: alike.map(({ primary }) => name(primary)).join(', ') },
        }));
    },
  },
];
