import { replicasOf } from '../topology.ts';
import { listing } from '../wording.ts';
import type { Rule } from './rule.ts';
import { everSeen, isSeen } from './seen.ts';

export const gtidModesDiffer: Rule = {
  code: 'gtid-modes-differ',
  orchestrator: ['DifferentGTIDModesStructureWarning'],
  severity: 'warning',
  blocks: [],
  because:
    'A transaction without a GTID cannot be applied where GTIDs are demanded, nor one with a GTID where they are off: replication stops at the first that crosses over.',
  find: (topology) =>
    everSeen(topology).flatMap((node) => {
      // MariaDB has no mode: its GTIDs are there as soon as it logs.
      if (node.seen.engine !== 'mysql') return [];
      const others = replicasOf(topology, node.id)
        .filter(isSeen)
        .filter(({ seen }) => seen.gtidEnabled !== node.seen.gtidEnabled);
      if (others.length === 0) return [];
      const words = (enabled: boolean): string => (enabled ? 'on' : 'off');
      const names = others.map(({ name }) => name);
      return [
        {
          server: node,
          orchestrator: 'DifferentGTIDModesStructureWarning',
          summary: `${node.name} has GTIDs ${words(node.seen.gtidEnabled)}, and its ${names.length === 1 ? 'replica' : 'replicas'} ${listing(names)} ${words(!node.seen.gtidEnabled)}`,
          evidence: { gtidEnabled: node.seen.gtidEnabled, others: names.join(', ') },
        },
      ];
    }),
};
