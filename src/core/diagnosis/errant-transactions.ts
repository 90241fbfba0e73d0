import type { Node, Topology } from '../topology.ts';
import { counted } from '../wording.ts';
import type { Rule } from './rule.ts';
import { everSeen } from './seen.ts';

export const errantTransactions: Rule = {
  code: 'errant-transactions',
  orchestrator: ['ErrantGTIDStructureWarning'],
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'The server holds transactions that never were on the primary. Made primary it would send them to all others, or, when its log no longer holds them, break replication from it. `dauphin repair` takes them back, or makes their names known to all.',
  find: (topology) =>
    everSeen(topology).flatMap((node) => {
      if (node.errant === undefined) return [];
      const { count, text } = node.errant;
      return [
        {
          server: node,
          orchestrator: 'ErrantGTIDStructureWarning',
          summary: `${node.name} has ${counted(count, 'transaction')} that never ${count === 1 ? 'was' : 'were'} on the primary: ${text}${wayOut(topology, node)}`,
          evidence: { count, transactions: text },
        },
      ];
    }),
};

/** A server that follows nobody has a rejoin of its own. */
const wayOut = ({ cluster }: Topology, { name, role }: Node): string =>
  role === 'replica' ? `; \`dauphin repair ${cluster} ${name} --dry-run\` shows what can be done` : '';
