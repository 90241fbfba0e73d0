import { namesFor } from './orchestrator-names.ts';
import type { Rule } from './rule.ts';
import { isTop } from './seen.ts';
import { silentServer } from './silent-server.ts';

export const serverUnreachable: Rule = {
  code: 'server-unreachable',
  orchestrator: namesFor('replica'),
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'Nothing is known of a server that does not answer: it cannot become primary, and after a hand-over it cannot be told whom to follow.',
  find: (topology, policy) =>
    topology.nodes
      .filter((node) => !isTop(node) && !node.reachable)
      .map((node) => silentServer(node, topology, policy)),
};
