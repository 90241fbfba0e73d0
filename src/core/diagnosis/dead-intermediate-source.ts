import { namesFor } from './orchestrator-names.ts';
import type { Rule } from './rule.ts';
import { silentServers } from './silent-server.ts';

export const deadIntermediateSource: Rule = {
  code: 'dead-intermediate-source',
  orchestrator: namesFor('replica', 'dead'),
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'All below it stand still: their source is gone for them and for Dauphin. They can be put under another source, best the one above it.',
  find: (topology, policy) => silentServers('dead-intermediate-source', topology, policy),
};
