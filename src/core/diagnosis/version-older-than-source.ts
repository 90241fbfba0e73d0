import type { Version } from '../observation.ts';
import { nodeById } from '../topology.ts';
import type { Rule } from './rule.ts';
import { everSeen, isSeen, type SeenNode } from './seen.ts';

export const versionOlderThanSource: Rule = {
  code: 'version-older-than-source',
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'No vendor supports replicating to an older release: an event that the newer source writes may stop the older replica at any time.',
  find: (topology) =>
    everSeen(topology).flatMap((node) => {
      const source = node.source === undefined ? undefined : nodeById(topology, node.source);
      if (source === undefined || !isSeen(source) || !isOlder(node, source)) return [];
      return [
        {
          server: node,
          summary: `${node.name} runs ${node.seen.version.text}, older than ${source.seen.version.text} of its source ${source.name}`,
          evidence: { version: node.seen.version.text, sourceVersion: source.seen.version.text },
        },
      ];
    }),
};

/** Patch releases of one series replicate either way; numbers of two engines cannot be compared. */
function isOlder(replica: SeenNode, source: SeenNode): boolean {
  const [a, b]: readonly [Version, Version] = [replica.seen.version, source.seen.version];
  return replica.seen.engine === source.seen.engine && (a.major - b.major || a.minor - b.minor) < 0;
}
