import type { Rule } from './rule.ts';
import { isTop } from './seen.ts';

export const startsWritable: Rule = {
  code: 'starts-writable',
  severity: 'notice',
  blocks: [],
  because:
    'A primary that was replaced, and is started again by somebody else than its agent, comes up writable: two servers take writes until Dauphin sees it. An agent that may write a piece of its configuration, or that starts it itself, has it come back read-only.',
  find: (topology) =>
    topology.nodes
      .filter((node) => isTop(node) && node.host?.state?.canStartReadOnly === false)
      .map((node) => ({
        server: node,
        summary: `nothing makes ${node.name} come back read-only once it was replaced: its agent has neither \`server.readOnlyFile\` nor a start command of its own`,
        evidence: { canStartReadOnly: false },
      })),
};
