import type { Node, Topology } from '../topology.ts';
import { listing } from '../wording.ts';
import type { Blocked, Rule } from './rule.ts';
import { answering, everSeen, isSeen, isTop } from './seen.ts';

export const noPrimary: Rule = {
  code: 'no-primary',
  severity: 'critical',
  blocks: ['switchover', 'failover'],
  because:
    'No server that takes changes from nobody can be reached: clients have nowhere to write, and there is nothing to hand over from.',
  find: (topology) => {
    if (answering(topology).some(isTop)) return [];
    const missing = missingTops(topology);
    const evidence = {
      servers: topology.nodes.length,
      everSeen: everSeen(topology).length,
      answering: answering(topology).length,
    };
    const downtimed = missing.length > 0 && missing.every((node) => node.downtimed);
    // One that was seen and fell silent is told by itself, with what that blocks.
    const blocks: readonly Blocked[] = missing.some(isSeen) ? ['switchover'] : ['switchover', 'failover'];
    return [{ summary: summary(topology, missing), evidence, downtimed, blocks }];
  },
};

/** The servers whose silence leaves the cluster without a primary: silent tops, else sources that were never seen. */
function missingTops(topology: Topology): readonly Node[] {
  const silent = everSeen(topology).filter(isTop);
  if (silent.length > 0) return silent;
  return topology.nodes.filter((node) => node.seen === undefined);
}

function summary({ cluster, nodes }: Topology, missing: readonly Node[]): string {
  if (nodes.length === 0) return `${cluster} has no servers`;
  const names = listing(missing.map((node) => node.name));
  if (missing.some(isSeen)) return `${cluster} has no primary that answers: ${names} cannot be reached`;
  return `${cluster} has no known primary: ${names} ${missing.length === 1 ? 'was' : 'were'} never seen`;
}
