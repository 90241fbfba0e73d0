import type { Topology } from '../topology.ts';
import type { Match, Rule } from './rule.ts';
import { everSeen, isTop, type SeenNode } from './seen.ts';
import { familyOf } from './siblings.ts';

export const gtidOff: Rule = {
  code: 'gtid-off',
  orchestrator: ['NoFailoverSupportStructureWarning'],
  severity: 'warning',
  blocks: ['switchover', 'candidacy'],
  because:
    'Without GTIDs a replica cannot say what it has in words that its next source understands, so it cannot be put under another one safely. One whose transactions have GTIDs, and that only does not follow by them, is made to when it is put under another.',
  find: (topology) => everSeen(topology).flatMap((node) => matchOf(node, topology)),
};

function matchOf(node: SeenNode, topology: Topology): readonly Match[] {
  const channelUses = usesGtid(node);
  if (node.seen.gtidEnabled && channelUses) return [];
  const family = familyOf(node, topology);
  const unsupported = !family.every((sibling) => usesGtid(sibling));
  return [
    {
      server: node,
      summary: node.seen.gtidEnabled
        ? `${node.name} follows its source by file and offset, not by GTID`
        : `${node.name} has GTIDs switched off`,
      evidence: { gtidEnabled: node.seen.gtidEnabled, channelUsesGtid: channelUses },
      blocks: node.seen.gtidEnabled ? [] : isTop(node) ? ['switchover'] : ['candidacy'],
      ...(unsupported ? { orchestrator: 'NoFailoverSupportStructureWarning' } : {}),
    },
  ];
}

/** How a cluster's top follows a server outside is that other cluster's matter. */
function usesGtid(node: SeenNode): boolean {
  return node.source === undefined || node.channel === undefined || node.channel.usesGtid;
}
