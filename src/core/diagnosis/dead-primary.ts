import { namesFor } from './orchestrator-names.ts';
import type { Rule } from './rule.ts';
import { silentServers } from './silent-server.ts';

export const deadPrimary: Rule = {
  code: 'dead-primary',
  orchestrator: namesFor('primary', 'dead'),
  severity: 'critical',
  blocks: ['switchover'],
  because:
    'Clients have nowhere to write until another server takes over. It counts as dead on two witnesses: Dauphin does not reach it, a replica lost it, and no replica receives from it any more.',
  find: (topology, policy) => silentServers('dead-primary', topology, policy),
};
