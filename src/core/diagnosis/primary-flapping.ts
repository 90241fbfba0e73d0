import type { Rule } from './rule.ts';

/** One that came back from the dead so often within this time, milliseconds, comes and goes. */
export const flapping = { returns: 3, withinMs: 600_000 } as const;

export const primaryFlapping: Rule = {
  code: 'primary-flapping',
  severity: 'warning',
  blocks: [],
  because:
    'It died and came back by itself again and again, each time before it was replaced. Clients lose their connections every time, and nothing says that it will come back the next time: whatever ends it is to be found.',
  find: (topology) =>
    topology.nodes.flatMap((node) =>
      node.returns === undefined
        ? []
        : [
            {
              server: node,
              summary: `${node.name} came back from the dead by itself ${node.returns} times within ${flapping.withinMs / 60_000} minutes`,
              evidence: { returns: node.returns },
            },
          ],
    ),
};
