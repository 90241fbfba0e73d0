/** What is said of a server that does not answer, whatever its role. */
import type { ClusterPolicy } from '../policy.ts';
import type { Node, Topology } from '../topology.ts';
import { counted, failureWords } from '../wording.ts';
import { nameForSilent, type Witnesses, witnesses } from './orchestrator-names.ts';
import type { Match } from './rule.ts';

export function silentServer(node: Node, topology: Topology, policy: ClusterPolicy): Match {
  const found = witnesses(node, topology, policy.lagFindingMs);
  const name = nameForSilent(node, found);
  const seen = node.seen === undefined ? ', and it was never seen' : '';
  const summary = `${node.name} cannot be reached: ${failureWords(node.failure)}${seen}${followers(found)}`;
  return {
    server: node,
    summary,
    evidence: {
      lastSeenAt: node.seen?.observedAt ?? null,
      failure: node.failure?.code ?? null,
      message: node.failure?.message ?? null,
      replicas: found.replicas,
      replicasAnswering: found.answering,
      replicasReplicating: found.replicating,
      replicasFailingToConnect: found.failingToConnect,
    },
    ...(name === undefined ? {} : { orchestrator: name }),
  };
}

/** The second witness, in the sentence itself: a server that still feeds its replicas is not dead. */
function followers({ replicas, answering, replicating }: Witnesses): string {
  if (replicas === 0) return '';
  const all = counted(replicas, 'replica');
  if (answering === 0) return `; nor can its ${all}`;
  if (replicating === 0)
    return replicas === 1 ? '; its replica does not replicate' : `; none of its ${all} replicates`;
  const some = replicating === replicas ? `its ${all}` : `${replicating} of its ${all}`;
  return `; ${some} still ${replicating === 1 ? 'replicates' : 'replicate'} from it`;
}
