import { compareNames } from '../compare-names.ts';
import { listing } from '../wording.ts';
import type { Rule } from './rule.ts';
import { everSeen, type SeenNode } from './seen.ts';
import { loggingReplicas } from './siblings.ts';

export const replicaVersionsDiffer: Rule = {
  code: 'replica-versions-differ',
  orchestrator: ['MultipleMajorVersionsLoggingReplicasStructureWarning'],
  severity: 'notice',
  blocks: [],
  because:
    'Which replica takes over matters: once one of the newer release is primary, those of the older one can no longer follow. Usual in the middle of an upgrade, and to be ended with it.',
  find: (topology) =>
    everSeen(topology)
      .filter((node) => node.role === 'primary')
      .flatMap((node) => {
        const logging = loggingReplicas(node, topology);
        const all = [...new Set(logging.map(series))].sort(compareNames);
        if (all.length < 2) return [];
        return [
          {
            server: node,
            orchestrator: 'MultipleMajorVersionsLoggingReplicasStructureWarning',
            summary: `the replicas of ${node.name} that log are of the releases ${listing(all)}`,
            evidence: Object.fromEntries(logging.map((replica) => [replica.name, replica.seen.version.text])),
          },
        ];
      }),
};

/** What Orchestrator calls the major version. */
function series({ seen: { version } }: SeenNode): string {
  return `${version.major}.${version.minor}`;
}
