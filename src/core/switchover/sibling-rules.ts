/** Which siblings of the candidate are moved before the freeze, which are left for afterwards, which forbid it. */
import { historyOf } from '../failover/history.ts';
import type { Refusal } from '../switchover-request.ts';
import type { Node } from '../topology.ts';
import { isReplicating, olderSeries } from './candidate-rules.ts';
import { isSeen, type SeenNode } from './situation.ts';

export interface Siblings {
  /** Healthy: under the candidate before the freeze. */
  readonly movable: readonly SeenNode[];
  /** In downtime and not fit to move: tried again at the end, and flagged. */
  readonly left: readonly Node[];
  readonly refusals: readonly Refusal[];
}

type Trouble = Pick<Refusal, 'code' | 'fact' | 'needs'>;

function troubleOf(node: Node, candidate: SeenNode): Trouble | undefined {
  const needs = `${node.name} repaired, or put in downtime`;
  if (!isSeen(node)) {
    return {
      code: 'sibling-unreachable',
      fact: `${node.name} does not answer: ${node.failure?.message ?? 'never seen'}`,
      needs,
    };
  }
  const error = node.channel?.applierError ?? node.channel?.receiverError;
  if (error)
    return {
      code: 'sibling-broken',
      fact: `${node.name} cannot replicate: ${error.code} ${error.message}`,
      needs,
    };
  if (!isReplicating(node)) {
    return { code: 'sibling-broken', fact: `replication on ${node.name} is stopped`, needs };
  }
  if (historyOf(node) !== 'gtid') {
    return { code: 'sibling-broken', fact: `${node.name} has no GTIDs`, needs };
  }
  if (node.errant) {
    const fact = `${node.name} has ${node.errant.count} errant transactions (${node.errant.text}), which ${candidate.name} lacks`;
    return { code: 'sibling-errant', fact, needs };
  }
  if (olderSeries(node.seen.version, candidate.seen.version)) {
    const fact = `${node.name} runs ${node.seen.version.text} and cannot replicate from ${candidate.name} with ${candidate.seen.version.text}`;
    return {
      code: 'sibling-older',
      fact,
      needs: `a candidate no newer than ${node.name}, or ${node.name} in downtime`,
    };
  }
  return undefined;
}

export function sortSiblings(nodes: readonly Node[], candidate: SeenNode): Siblings {
  const movable: SeenNode[] = [];
  const left: Node[] = [];
  const refusals: Refusal[] = [];
  for (const node of nodes) {
    const trouble = troubleOf(node, candidate);
    if (trouble === undefined && isSeen(node)) movable.push(node);
    else if (node.downtimed) left.push(node);
    else if (trouble) refusals.push({ server: node.id, ...trouble });
  }
  return { movable, left, refusals };
}
