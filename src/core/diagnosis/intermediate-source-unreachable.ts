import { namesFor } from './orchestrator-names.ts';
import type { Rule } from './rule.ts';
import { silentServers } from './silent-server.ts';

export const intermediateSourceUnreachable: Rule = {
  code: 'intermediate-source-unreachable',
  orchestrator: namesFor('replica').filter((name) => name !== 'last_check_invalid'),
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'Others replicate from it, and Dauphin does not know whether they still can: it may be cut off from Dauphin only, or be gone together with all below it.',
  find: (topology, policy) => silentServers('intermediate-source-unreachable', topology, policy),
};
