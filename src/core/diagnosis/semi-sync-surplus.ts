import type { Rule } from './rule.ts';
import { acksEvidence, acksInWords, namedOnMysql, semiSyncPrimaries } from './semi-sync.ts';

export const semiSyncSurplus: Rule = {
  code: 'semi-sync-surplus',
  orchestrator: ['MasterWithTooManySemiSyncReplicas'],
  severity: 'notice',
  blocks: [],
  because:
    'More replicas acknowledge than a commit waits for, so that it is not certain which of them hold the last commits. Only told where the policy wants exactly as many (`exactSemiSync`).',
  find: (topology, policy) =>
    semiSyncPrimaries(topology)
      .filter(
        ({ seen: { semiSync } }) =>
          policy.exactSemiSync === true &&
          semiSync.sourceActive &&
          semiSync.requiredAcks > 0 &&
          semiSync.connectedReplicas > semiSync.requiredAcks,
      )
      .map((node) => ({
        server: node,
        ...namedOnMysql(node, 'MasterWithTooManySemiSyncReplicas'),
        summary: `${node.name} ${acksInWords(node)}: more than it waits for`,
        evidence: acksEvidence(node),
      })),
};
