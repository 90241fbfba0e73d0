import type { Rule } from './rule.ts';

export const agentSilent: Rule = {
  code: 'agent-silent',
  severity: 'warning',
  blocks: [],
  because:
    'Without the agent on its host a dead server is not fenced for certain, and what only its own disk holds is not read: a failover may lose it, or wait for a person.',
  find: (topology) =>
    topology.nodes.flatMap((node) => {
      const { host, settings } = node;
      if (host?.failure === undefined) return [];
      const { agent } = settings;
      const where = agent === undefined ? '' : ` (${agent.host}:${agent.port})`;
      return [
        {
          server: node,
          summary: `the agent on the host of ${node.name}${where} does not answer: ${host.failure}`,
          evidence: { failure: host.failure },
        },
      ];
    }),
};
