import type { Rule } from './rule.ts';
import { silentServers } from './silent-server.ts';

export const serverUnreachable: Rule = {
  code: 'server-unreachable',
  orchestrator: ['last_check_invalid'],
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'Nothing is known of a server that does not answer: it cannot become primary, and after a hand-over it cannot be told whom to follow.',
  find: (topology, policy) => silentServers('server-unreachable', topology, policy),
};
