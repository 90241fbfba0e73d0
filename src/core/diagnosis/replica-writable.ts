import type { Rule } from './rule.ts';
import { answering, takesWrites } from './seen.ts';

export const replicaWritable: Rule = {
  code: 'replica-writable',
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'A write that lands on a replica by mistake is accepted, reaches no other server, and makes its transactions errant.',
  find: (topology) =>
    answering(topology)
      .filter((node) => node.role === 'replica' && takesWrites(node))
      .map((node) => ({
        server: node,
        summary: `${node.name} is a replica and takes writes`,
        evidence: { writeMode: node.seen.writeMode },
      })),
};
