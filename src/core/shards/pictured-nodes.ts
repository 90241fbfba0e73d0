/** What each node of a cluster is, by the word of those who elect, and else by its own. */
import { compareNames } from '../compare-names.ts';
import type { PicturedNode } from './cluster-picture.ts';
import { type ClusterNode, type ClusterView, hasFlag, type NodeId, nodeIn } from './cluster-view.ts';
import { gatherOpinions, prevailing } from './opinions.ts';
import type { SlotOwners } from './slot-owners.ts';

/** Without those that nobody has met: the ids of these are not their own. */
export function picturedNodes(views: readonly ClusterView[], owners: SlotOwners): readonly PicturedNode[] {
  const met = views.flatMap((view) => view.nodes).filter((node) => !hasFlag(node, 'handshake'));
  const owning = new Set(owners.ranges.flatMap((range) => range.owner ?? []));
  const ids = [...new Set([...met.map((node) => node.id), ...views.map((view) => view.by), ...owning])];
  const voting = views.filter((view) => owners.voters.includes(view.by));
  return ids.sort(compareNames).map((id) => {
    const said = wordsOf(id, views);
    const counted = wordsOf(id, voting.length > 0 ? voting : views);
    const role = owning.has(id) ? 'primary' : mostSay(id, counted, said, roleOf);
    const source = role === 'replica' ? mostSay(id, counted, said, (node) => node.sourceId) : undefined;
    // What is printed as a replica's epoch is its primary's.
    const alike = said.filter(({ node }) => roleOf(node) === (role ?? 'primary'));
    return {
      id,
      ...whereabouts(id, said),
      role: role === 'replica' ? 'replica' : 'primary',
      ...(source === undefined ? {} : { sourceId: source as NodeId }),
      configEpoch: Math.max(0, ...alike.map(({ node }) => node.configEpoch)),
      asked: said.some(({ view }) => view.by === id),
      ...healthOf(id, said, counted),
      nofailover: said.some(({ node }) => hasFlag(node, 'nofailover')),
    };
  });
}

interface Word {
  readonly view: ClusterView;
  readonly node: ClusterNode;
}

function wordsOf(id: NodeId, views: readonly ClusterView[]): readonly Word[] {
  return views.flatMap((view) => {
    const node = nodeIn(view, id);
    return node === undefined || hasFlag(node, 'handshake') ? [] : [{ view, node }];
  });
}

/** By those that count, where they know it; of two words with as many voices its own prevails. */
function mostSay(
  id: NodeId,
  counted: readonly Word[],
  all: readonly Word[],
  say: (node: ClusterNode) => string | undefined,
): string | undefined {
  const own = all.find(({ view }) => view.by === id);
  const words = counted.length > 0 ? counted : all;
  const opinions = gatherOpinions(
    words.map(({ view }) => view),
    (view) => {
      const node = nodeIn(view, id);
      return node && say(node);
    },
  );
  return prevailing(opinions, own && say(own.node)) ?? (own && say(own.node));
}

export function roleOf(node: ClusterNode): 'primary' | 'replica' | undefined {
  if (hasFlag(node, 'replica')) return 'replica';
  return hasFlag(node, 'primary') ? 'primary' : undefined;
}

/** A node knows its own ports and name best, but often not its own address. */
function whereabouts(
  id: NodeId,
  said: readonly Word[],
): Pick<PicturedNode, 'address' | 'busPort' | 'hostname'> {
  const others = said.filter(({ view }) => view.by !== id).map(({ node }) => node);
  const own = said.filter(({ view }) => view.by === id).map(({ node }) => node);
  const address = [...others, ...own].find((node) => node.address !== undefined)?.address;
  const busPort = [...own, ...others].find((node) => node.busPort !== undefined)?.busPort;
  const hostname = [...own, ...others].find((node) => node.hostname !== undefined)?.hostname;
  return {
    ...(address === undefined ? {} : { address }),
    ...(busPort === undefined ? {} : { busPort }),
    ...(hostname === undefined ? {} : { hostname }),
  };
}

/** A node knows nothing of its own failure. One that nobody counts for is failed when all others say so. */
function healthOf(
  id: NodeId,
  said: readonly Word[],
  counted: readonly Word[],
): Pick<PicturedNode, 'health' | 'suspectedBy' | 'failedBy'> {
  const others = (words: readonly Word[]): readonly Word[] => words.filter(({ view }) => view.by !== id);
  const saying = (words: readonly Word[], flag: 'pfail' | 'fail'): readonly NodeId[] =>
    others(words)
      .filter(({ node }) => hasFlag(node, flag))
      .map(({ view }) => view.by);
  const failedBy = saying(said, 'fail');
  const suspectedBy = saying(said, 'pfail');
  const jury = others(counted).length > 0 ? counted : said;
  const failed = saying(jury, 'fail').length * 2 > others(jury).length;
  const suspected = failedBy.length + suspectedBy.length > 0;
  return { health: failed ? 'failed' : suspected ? 'suspected' : 'ok', suspectedBy, failedBy };
}
