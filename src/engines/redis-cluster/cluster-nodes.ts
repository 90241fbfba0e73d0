/** The nodes of one cluster that are known, by id; all asked at once. */
import { asFault, type Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { ClusterView, NodeId } from '../../core/shards/cluster-view.ts';
import type { ClusterNodeLink } from './cluster-node.ts';

export type ClusterNodes = ReadonlyMap<NodeId, ClusterNodeLink>;

export interface Asked<T> {
  readonly answers: ReadonlyMap<NodeId, T>;
  /** Why the others did not answer. */
  readonly silent: ReadonlyMap<NodeId, Fault>;
}

/** One that hangs is waited for until the call's deadline, and no longer. Throws only what ended the call itself. */
export async function askNodes<T>(
  nodes: ClusterNodes,
  ask: (node: ClusterNodeLink, id: NodeId) => Promise<T>,
  call: Call,
): Promise<Asked<T>> {
  const answers = new Map<NodeId, T>();
  const silent = new Map<NodeId, Fault>();
  await Promise.all(
    [...nodes].map(async ([id, node]) => {
      try {
        answers.set(id, await ask(node, id));
      } catch (thrown) {
        silent.set(id, asFault(thrown));
      }
    }),
  );
  call.signal.throwIfAborted();
  return { answers, silent };
}

export interface Views {
  readonly views: readonly ClusterView[];
  readonly silent: ReadonlyMap<NodeId, Fault>;
}

export async function readViews(nodes: ClusterNodes, call: Call): Promise<Views> {
  const { answers, silent } = await askNodes(nodes, (node) => node.view(call), call);
  return { views: [...answers.values()], silent };
}

/** Those of `nodes` that `ids` names. */
export function chosen(nodes: ClusterNodes, ids: Iterable<NodeId>): ClusterNodes {
  return new Map(
    [...new Set(ids)].flatMap((id) => {
      const node = nodes.get(id);
      return node === undefined ? [] : [[id, node] as const];
    }),
  );
}
