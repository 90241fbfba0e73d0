import { listing } from '../wording.ts';
import type { Rule } from './rule.ts';
import { answering, isTop, takesWrites } from './seen.ts';

export const severalWritable: Rule = {
  code: 'several-writable',
  severity: 'critical',
  blocks: ['switchover', 'failover'],
  because:
    'Two servers that both take writes drift apart: what a client writes on one is missing on the other, and no replica holds both histories.',
  find: (topology) => {
    const writable = answering(topology).filter((node) => isTop(node) && takesWrites(node));
    if (writable.length < 2) return [];
    const names = writable.map((node) => node.name);
    return [
      {
        summary: `${listing(names)} ${names.length === 2 ? 'both' : 'all'} take writes`,
        evidence: { count: names.length, servers: names.join(', ') },
        downtimed: writable.filter((node) => !node.downtimed).length < 2,
      },
    ];
  },
};
