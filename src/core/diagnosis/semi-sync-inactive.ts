import type { Rule } from './rule.ts';
import { acksEvidence, acksInWords, isShort, namedOnMysql, semiSyncPrimaries } from './semi-sync.ts';

export const semiSyncInactive: Rule = {
  code: 'semi-sync-inactive',
  orchestrator: ['NotEnoughValidSemiSyncReplicasStructureWarning'],
  severity: 'warning',
  blocks: [],
  because:
    'The primary was to wait for acknowledgements and gave up waiting: what it commits now is on its own disk first, and may be lost with it.',
  find: (topology) =>
    semiSyncPrimaries(topology)
      .filter(({ seen: { semiSync } }) => !semiSync.sourceActive && isShort(semiSync))
      .map((node) => ({
        server: node,
        ...namedOnMysql(node, 'NotEnoughValidSemiSyncReplicasStructureWarning'),
        summary: `${node.name} ${acksInWords(node)}; it no longer waits`,
        evidence: acksEvidence(node),
      })),
};
