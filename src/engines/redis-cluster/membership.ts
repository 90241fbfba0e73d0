/** Nodes come into a cluster, follow a primary, and leave. Each of these is done when the nodes say so, not when sent. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import { hasFlag, type NodeId, nodeIn, selfIn } from '../../core/shards/cluster-view.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';
import { awaitViews, notMet, type WaitParts } from './agreement.ts';
import type { ClusterNodeLink } from './cluster-node.ts';
import { askNodes, chosen } from './cluster-nodes.ts';

/** A MEET that was lost is not repeated by the server. */
const meetAgainMs = 2_000;

export async function introduce(ids: readonly NodeId[], parts: WaitParts, call: Call): Promise<void> {
  const left = countdown(parts.clock, call);
  const nodes = chosen(parts.nodes, ids);
  const meet = async (): Promise<void> => {
    const { answers } = await askNodes(nodes, (node) => node.view(brief(left())), call);
    for (const [id, view] of answers) {
      const strangers = ids.filter((other) => other > id && needsMeeting(nodeIn(view, other)));
      const commands = strangers.flatMap((other): readonly Command[] => {
        const own = answers.get(other);
        const self = own && selfIn(own);
        const link = nodes.get(other);
        if (link === undefined) return [];
        const bus = self?.busPort === undefined ? [] : [self.busPort];
        return [['CLUSTER', 'MEET', link.address.host, link.address.port, ...bus]];
      });
      if (commands.length > 0) await nodes.get(id)?.send('meet nodes', commands, brief(left()));
    }
  };
  await meet();
  let last = 0;
  await awaitViews({ ...parts, nodes }, notMet(ids), left(), async (passedMs) => {
    if (passedMs - last < meetAgainMs) return;
    last = passedMs;
    await meet();
  });
}

const brief = (call: Call): Call => ({ ...call, deadlineMs: Math.min(call.deadlineMs, 2_000) });

const needsMeeting = (node: ReturnType<typeof nodeIn>): boolean =>
  node === undefined || hasFlag(node, 'handshake') || node.link !== 'connected';

/** It has to know `source` before it can follow it. */
export async function follow(
  { node: id, source }: { readonly node: NodeId; readonly source: NodeId },
  parts: WaitParts,
  call: Call,
): Promise<void> {
  const left = countdown(parts.clock, call);
  const node = linkOf(parts, id);
  const both = chosen(parts.nodes, [id]);
  await awaitViews(
    { ...parts, nodes: both },
    ([view]) => (view !== undefined && nodeIn(view, source) ? undefined : `${id} does not know ${source}`),
    left(),
  );
  await node.replicate(source, left());
  await awaitViews(
    { ...parts, nodes: chosen(parts.nodes, [id, source]) },
    (views) =>
      views.length > 0 && views.every((view) => nodeIn(view, id)?.sourceId === source)
        ? undefined
        : `${id} is not known as a replica of ${source}`,
    left(),
  );
}

export async function awaitCopy(id: NodeId, parts: WaitParts, call: Call): Promise<void> {
  const left = countdown(parts.clock, call);
  const node = linkOf(parts, id);
  for (;;) {
    const { replication } = await node.replication(left());
    if (replication === 'up') return;
    if (left().deadlineMs <= 1) {
      throw new Fault('position-not-reached', `${id} has not copied its primary's data in time`);
    }
    await parts.clock.sleep(50, call.signal);
  }
}

/** All within the 60 s for which each lets it not in again, or it would come back by gossip. */
export async function forget(
  { node: id, at }: { readonly node: NodeId; readonly at: readonly NodeId[] },
  parts: WaitParts,
  call: Call,
): Promise<void> {
  const left = countdown(parts.clock, call);
  const nodes = chosen(parts.nodes, at);
  const tell = async (): Promise<void> => {
    const { answers } = await askNodes(nodes, (node) => node.view(brief(left())), call);
    const knowing = [...answers].filter(([, view]) => nodeIn(view, id) !== undefined).map(([by]) => by);
    const { silent } = await askNodes(chosen(nodes, knowing), (node) => node.forget(id, left()), call);
    for (const fault of silent.values()) if (fault.code === 'statement-failed') throw fault;
  };
  await tell();
  await awaitViews(
    { ...parts, nodes },
    (views, silent) => {
      if (silent[0] !== undefined) return `${silent[0]} does not answer`;
      const still = views.find((view) => nodeIn(view, id) !== undefined);
      return still === undefined ? undefined : `${still.by} still knows ${id}`;
    },
    left(),
    tell,
  );
}

/** A replica gets them with its primary's data; a primary has to be given them (redis.md §4, add-node). */
export async function copyFunctions(from: ClusterNodeLink, to: ClusterNodeLink, call: Call): Promise<void> {
  const libraries = await from.call(['FUNCTION', 'LIST', 'WITHCODE'], call);
  const codes = (Array.isArray(libraries) ? libraries : []).flatMap((library: Reply) => {
    const fields: readonly Reply[] = Array.isArray(library) ? library : [];
    const code = fields[fields.indexOf('library_code') + 1];
    return typeof code === 'string' && fields.includes('library_code') ? [code] : [];
  });
  if (codes.length === 0) return;
  const loads = codes.map((code): Command => ['FUNCTION', 'LOAD', 'REPLACE', code]);
  await to.send('copy functions', loads, call);
}

export function linkOf({ nodes }: Pick<WaitParts, 'nodes'>, id: NodeId): ClusterNodeLink {
  const node = nodes.get(id);
  if (node === undefined) throw new Fault('not-found', `no node ${id} is known here`);
  return node;
}
