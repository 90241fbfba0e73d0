import type { Rule } from './rule.ts';
import { everSeen, type SeenNode } from './seen.ts';
import { familyOf } from './siblings.ts';

export const replicaWithoutLog: Rule = {
  code: 'replica-without-log',
  orchestrator: ['NoLoggingReplicasStructureWarning'],
  severity: 'notice',
  blocks: ['candidacy'],
  because:
    'A replica that does not log what it applies cannot become the source of the others: they could not fetch from it what they lack.',
  find: (topology) =>
    everSeen(topology)
      .filter((node) => node.role === 'replica' && !logs(node))
      .map((node) => {
        const family = familyOf(node, topology);
        const noneLogs = family.length > 0 && !family.some(logs);
        const { enabled, logsReplicated } = node.seen.log;
        return {
          server: node,
          summary: enabled
            ? `${node.name} does not log what it applies (log_slave_updates)`
            : `${node.name} writes no binary log`,
          evidence: { logEnabled: enabled, logsReplicated },
          ...(noneLogs
            ? {
                orchestrator: 'NoLoggingReplicasStructureWarning',
                blocks: ['candidacy', 'switchover', 'failover'],
              }
            : {}),
        };
      }),
};

function logs(node: SeenNode): boolean {
  return node.seen.log.enabled && node.seen.log.logsReplicated;
}
