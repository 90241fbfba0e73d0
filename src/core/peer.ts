/**
 * The peer port: another controller that watches the same servers from where it stands. It is asked for nothing but
 * what it sees; it is no deputy, and shares no store with this one.
 */
import type { Call } from './clock.ts';
import type { Said } from './detection/testify.ts';
import type { Statement } from './detection/testimony.ts';
import type { ClusterName, ServerId } from './identity.ts';

export interface PeerQuestion {
  readonly cluster: ClusterName;
  /** Its id and not its address: two controllers may reach one server by different ways. */
  readonly server: ServerId;
  /** How long its look may take; then it cannot tell. */
  readonly lookMs: number;
}

/** What a controller says of a server after a fresh look of its own. */
export interface PeerView {
  /** Which controller it is; two names may lead to one. */
  readonly controller: string;
  readonly says: Statement;
  readonly fact: string;
}

/** What a controller says of itself. */
export interface PeerGreeting {
  /** Which controller it is; two names may lead to one. */
  readonly controller: string;
  /** The clusters that it watches; absent where its version does not say. */
  readonly clusters?: readonly ClusterName[];
}

/** Throws Faults: `controller-unreachable`, `deadline-exceeded`, and those that the other controller answers with. */
export interface Peer {
  readonly name: string;
  look(question: PeerQuestion, call: Call): Promise<PeerView>;
  /** That it answers is the news. */
  greet(call: Call): Promise<PeerGreeting>;
}

/** Where a peer's API is. */
export interface PeerSettings {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
}

/** Two looks of one controller are not two witnesses. `earlier`: the other peers that lead to it, by name. */
export function peerSays(view: PeerView, self: string, earlier: readonly string[]): Said {
  const [other] = earlier;
  if (view.controller === self)
    return { says: 'cannot-tell', fact: 'its URL leads to this controller itself' };
  if (other !== undefined) return { says: 'cannot-tell', fact: `it is the same controller as ${other}` };
  return { says: view.says, fact: view.fact };
}
