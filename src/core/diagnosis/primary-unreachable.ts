import { namesFor } from './orchestrator-names.ts';
import type { Rule } from './rule.ts';
import { isSeen, isTop } from './seen.ts';
import { silentServer } from './silent-server.ts';

export const primaryUnreachable: Rule = {
  code: 'primary-unreachable',
  orchestrator: [...namesFor('primary'), ...namesFor('co-primary')],
  severity: 'critical',
  blocks: ['switchover'],
  because:
    'A primary that cannot be reached cannot be frozen, so it cannot be handed over. That one observer cannot reach it does not make it dead: what its replicas see counts too.',
  find: (topology, policy) =>
    topology.nodes
      .filter((node) => isSeen(node) && isTop(node) && !node.reachable)
      .map((node) => silentServer(node, topology, policy)),
};
