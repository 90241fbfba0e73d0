import { namesFor } from './orchestrator-names.ts';
import type { Rule } from './rule.ts';
import { silentServers } from './silent-server.ts';

export const primaryUnreachable: Rule = {
  code: 'primary-unreachable',
  orchestrator: [...namesFor('primary'), ...namesFor('co-primary')],
  severity: 'critical',
  blocks: ['switchover', 'failover'],
  because:
    'A primary that cannot be reached cannot be frozen, so it cannot be handed over; and as long as nothing proves it dead it may go on taking writes, so nobody takes over either. That one observer cannot reach it does not make it dead: what its replicas see counts too.',
  find: (topology, policy) => silentServers('primary-unreachable', topology, policy),
};
