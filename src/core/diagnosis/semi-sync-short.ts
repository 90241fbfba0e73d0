import type { Rule } from './rule.ts';
import { acksEvidence, acksInWords, namedOnMysql, semiSyncPrimaries } from './semi-sync.ts';
import { isLocked, isWaitingShort } from './semi-sync-locked.ts';

export const semiSyncShort: Rule = {
  code: 'semi-sync-short',
  orchestrator: ['LockedSemiSyncMasterHypothesis'],
  severity: 'warning',
  blocks: ['switchover'],
  because:
    'The next commit will wait for acknowledgements that cannot come. It is not yet certain that one waits: the next look tells.',
  find: (topology) =>
    semiSyncPrimaries(topology)
      .filter((node) => isWaitingShort(node.seen.semiSync) && !isLocked(node))
      .map((node) => ({
        server: node,
        ...namedOnMysql(node, 'LockedSemiSyncMasterHypothesis'),
        summary: `${node.name} ${acksInWords(node)}; the next commit waits`,
        evidence: acksEvidence(node),
      })),
};
