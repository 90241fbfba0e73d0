import { counted } from '../wording.ts';
import { forsakenNames, nameForForsaken } from './orchestrator-names.ts';
import type { Blocked, Match, Rule } from './rule.ts';
import { answering, isTop, type SeenNode, takesWrites } from './seen.ts';
import { type Witnesses, witnesses } from './witnesses.ts';

export const noReplicaReplicates: Rule = {
  code: 'no-replica-replicates',
  orchestrator: forsakenNames,
  severity: 'critical',
  blocks: ['switchover', 'failover'],
  because:
    'The server works, and nobody takes what it writes: if it died now, all that was written since would be on its own disk only.',
  find: (topology, policy) =>
    answering(topology).flatMap((node) => {
      const found = witnesses(node, topology, policy.lagFindingMs);
      return found.replicas > 0 && found.replicating === 0 ? [match(node, found)] : [];
    }),
};

/** Where nobody writes, what its replicas lack is no data of its own; Orchestrator tells it all the same. */
function match(node: SeenNode, found: Witnesses): Match {
  const name = nameForForsaken(node, found);
  const matters = isTop(node) && takesWrites(node);
  return {
    server: node,
    summary: summary(node, found),
    evidence: {
      replicas: found.replicas,
      replicasAnswering: found.answering,
      replicasFailingToConnect: found.failingToConnect,
      takesWrites: takesWrites(node),
    },
    ...(name === undefined ? {} : { orchestrator: name }),
    ...(matters ? { blocks: blocked(found) } : { severity: 'notice', blocks: [] }),
    downtimed: node.downtimed || found.downtimed === found.replicas,
  };
}

/** A replica that answers can still take over, with what it and the dead primary's log hold. */
function blocked(found: Witnesses): readonly Blocked[] {
  return found.answering === 0 ? ['switchover', 'failover'] : ['switchover'];
}

function summary({ name }: SeenNode, { replicas, answering, failingToConnect }: Witnesses): string {
  const who =
    replicas === 1 ? `the one replica of ${name}` : `none of the ${counted(replicas, 'replica')} of ${name}`;
  const verb = replicas === 1 ? 'does not replicate' : 'replicates';
  const silent = replicas - answering;
  const why = [
    ...(silent > 0 ? [`${replicas === 1 ? 'it' : silent} cannot be reached`] : []),
    ...(failingToConnect > 0 ? [`${replicas === 1 ? 'it' : failingToConnect} cannot connect`] : []),
  ];
  return `${who} ${verb}${why.length === 0 ? '' : `: ${why.join(', ')}`}`;
}
