/** Waits until nodes have heard of each other, and until all see the same. */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { type ClusterView, hasFlag, type NodeId, nodeIn } from '../../core/shards/cluster-view.ts';
import { formatSlots } from '../../core/shards/slots.ts';
import { type ClusterNodes, readViews } from './cluster-nodes.ts';

export interface WaitParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
}

const everyMs = 50;
const lookMs = 2_000;

/** Asks all of `nodes` until `found` is undefined; it says what is still missing. Throws `verification-failed` with that. */
export async function awaitViews(
  { nodes, clock }: WaitParts,
  missing: (views: readonly ClusterView[], silent: readonly NodeId[]) => string | undefined,
  call: Call,
  again?: (passedMs: number) => Promise<void>,
): Promise<void> {
  const began = clock.monotonic();
  for (;;) {
    const passed = clock.monotonic() - began;
    const look: Call = { ...call, deadlineMs: Math.min(lookMs, Math.max(1, call.deadlineMs - passed)) };
    const { views, silent } = await readViews(nodes, look);
    const why = missing(views, [...silent.keys()]);
    if (why === undefined) return;
    if (clock.monotonic() - began >= call.deadlineMs) {
      throw new Fault('verification-failed', `not within ${Math.round(call.deadlineMs)} ms: ${why}`);
    }
    await clock.sleep(everyMs, call.signal);
    await again?.(clock.monotonic() - began);
  }
}

/** Every one has a link to every other one. */
export function notMet(ids: readonly NodeId[]) {
  return (views: readonly ClusterView[], silent: readonly NodeId[]): string | undefined => {
    if (silent[0] !== undefined) return `${silent[0]} does not answer`;
    for (const view of views) {
      const stranger = ids.find((id) => {
        const node = nodeIn(view, id);
        return (
          node === undefined || hasFlag(node, 'handshake') || (id !== view.by && node.link !== 'connected')
        );
      });
      if (stranger !== undefined) return `${view.by} has not met ${stranger}`;
    }
    return undefined;
  };
}

/** All of `ids` see the same roles, slots and epochs, suspect nobody among themselves, and serve. */
export function notAgreed(ids: readonly NodeId[]) {
  return (views: readonly ClusterView[], silent: readonly NodeId[]): string | undefined => {
    if (silent[0] !== undefined) return `${silent[0]} does not answer`;
    const down = views.find((view) => view.state !== 'ok');
    if (down !== undefined) return `${down.by} refuses commands`;
    const suspecting = views.find((view) =>
      view.nodes.some((node) => ids.includes(node.id) && (hasFlag(node, 'pfail') || hasFlag(node, 'fail'))),
    );
    if (suspecting !== undefined) return `${suspecting.by} suspects a node`;
    const [first, ...others] = views.map((view) => signature(view, ids));
    const at = others.findIndex((other) => other !== first);
    return at < 0 ? undefined : `${views[0]?.by} and ${views[at + 1]?.by} do not say the same`;
  };
}

function signature(view: ClusterView, ids: readonly NodeId[]): string {
  return view.nodes
    .filter((node) => ids.includes(node.id))
    .map(({ id, sourceId = '', configEpoch, slots, flags }) => {
      const primary = flags.includes('primary');
      return `${id} ${primary ? `primary ${configEpoch}` : `replica ${sourceId}`} ${formatSlots(slots)}`;
    })
    .sort()
    .join('\n');
}
