/** Who says what of one fact, in the words of several nodes. */
import { compareNames } from '../compare-names.ts';
import { serverId } from '../identity.ts';
import { listing } from '../wording.ts';
import type { ClusterView, NodeId } from './cluster-view.ts';

export interface Opinion {
  /** A node's id, a number or a word, as the fact demands. */
  readonly says: string;
  readonly by: readonly NodeId[];
}

/** `db1 by db2 and db3; nobody by db4`: an opinion that is a node is told by its name. */
export function opinionsText(opinions: readonly Opinion[], name: (id: NodeId) => string): string {
  const named = (says: string): string => (/^[0-9a-f]{40}$/.test(says) ? name(serverId(says)) : says);
  return opinions.map(({ says, by }) => `${named(says)} by ${listing(by.map(name))}`).join('; ');
}

/** What most say comes first. A view of which `say` makes nothing has no opinion. */
export function gatherOpinions(
  views: readonly ClusterView[],
  say: (view: ClusterView) => string | undefined,
): readonly Opinion[] {
  const found = new Map<string, NodeId[]>();
  for (const view of views) {
    const word = say(view);
    if (word === undefined) continue;
    const by = found.get(word);
    if (by === undefined) found.set(word, [view.by]);
    else by.push(view.by);
  }
  return [...found]
    .map(([says, by]) => ({ says, by }))
    .sort((a, b) => b.by.length - a.by.length || compareNames(a.says, b.says));
}

/** What most say; where two words have as many, `tie` when it is one of them, else the first by name. */
export function prevailing(opinions: readonly Opinion[], tie?: string): string | undefined {
  const most = opinions.filter((opinion) => opinion.by.length === opinions[0]?.by.length);
  return (most.find((opinion) => opinion.says === tie) ?? most[0])?.says;
}
