import { standsAside } from '../topology.ts';
import type { Rule } from './rule.ts';
import { answering } from './seen.ts';

export const formerPrimary: Rule = {
  code: 'former-primary',
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'A server that was replaced is back and replicates from nobody: it has no part in the cluster until it is a replica again. Dauphin does it by itself where failover.rejoin is automatic, unless it has transactions of its own that it may not take back.',
  find: (topology) =>
    answering(topology)
      .filter((node) => node.role === 'primary' && standsAside(node))
      .map((node) => ({
        server: node,
        summary: `${node.name} is back and follows nobody; it was the primary until ${node.replacedBy}; \`dauphin rejoin ${topology.cluster} ${node.name}\` makes it a replica`,
        evidence: { replacedBy: node.replacedBy ?? null, writeMode: node.seen.writeMode },
      })),
};
