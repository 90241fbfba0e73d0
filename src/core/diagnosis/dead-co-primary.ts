import { namesFor } from './orchestrator-names.ts';
import type { Rule } from './rule.ts';
import { silentServers } from './silent-server.ts';

export const deadCoPrimary: Rule = {
  code: 'dead-co-primary',
  orchestrator: namesFor('co-primary', 'dead'),
  severity: 'critical',
  blocks: ['switchover'],
  because:
    'A member of a ring is gone, with what was written on it last; those that follow it stand still until they follow another member.',
  find: (topology, policy) => silentServers('dead-co-primary', topology, policy),
};
