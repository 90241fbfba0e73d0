import { listing } from '../wording.ts';
import type { Rule } from './rule.ts';
import { everSeen } from './seen.ts';

export const duplicateServerId: Rule = {
  code: 'duplicate-server-id',
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'A server skips changes that bear its own server_id, silently; and two replicas of one source with the same server_id throw each other off it in turn.',
  find: (topology) => {
    const seen = everSeen(topology);
    return seen.flatMap((node) => {
      if (node.seen.number === undefined) return [];
      const others = seen.filter((other) => other.id !== node.id && other.seen.number === node.seen.number);
      if (others.length === 0) return [];
      const names = others.map((other) => other.name);
      return [
        {
          server: node,
          summary: `${node.name} has server_id ${node.seen.number}, and so ${names.length === 1 ? 'has' : 'have'} ${listing(names)}`,
          evidence: { number: node.seen.number, others: names.join(', ') },
        },
      ];
    });
  },
};
