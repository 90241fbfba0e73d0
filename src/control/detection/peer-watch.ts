/**
 * Keeps in touch with other controllers: the connection is warm when it is needed, a person is told when one is silent,
 * and an inquest does not wait for one that was silent before.
 */
import type { Clock } from '../../core/clock.ts';
import type { ClusterName } from '../../core/identity.ts';
import type { Peer } from '../../core/peer.ts';
import type { Log } from '../log.ts';
import { KnownPeer } from './known-peer.ts';

export interface PeerWatchParts {
  readonly peers: readonly Peer[];
  readonly clock: Clock;
  readonly log: Log;
  /** This controller's own name. */
  readonly self: string;
  /** Those that this controller watches. */
  readonly clusters: readonly { readonly policy: { readonly name: ClusterName } }[];
}

const greetEveryMs = 5000;

export class PeerWatch {
  readonly known: readonly KnownPeer[];
  readonly #parts: PeerWatchParts;
  readonly #stop = new AbortController();
  #loops: readonly Promise<void>[] = [];

  constructor(parts: PeerWatchParts) {
    this.#parts = parts;
    const { clock, self } = parts;
    const sameAs = (peer: KnownPeer): readonly string[] => this.#sameAs(peer);
    this.known = parts.peers.map((peer) => new KnownPeer(peer, { clock, self, sameAs }));
  }

  start(): void {
    this.#loops = this.known.map((peer) => this.#keepTouch(peer));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  #sameAs(peer: KnownPeer): readonly string[] {
    return this.known
      .slice(0, this.known.indexOf(peer))
      .filter(({ controller }) => controller === peer.controller)
      .map(({ name }) => name);
  }

  async #keepTouch(peer: KnownPeer): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stop;
    let before: string | undefined;
    let told = false;
    let unwatched: readonly ClusterName[] = [];
    while (!signal.aborted) {
      const trouble = await peer.trouble(signal);
      if (signal.aborted) return;
      const changed = (trouble === undefined) !== (before === undefined) || !told;
      if (changed && trouble !== undefined) log.warn({ peer: peer.name, because: trouble }, 'peer.silent');
      else if (changed) log.info({ peer: peer.name, controller: peer.controller }, 'peer.answers');
      told = true;
      before = trouble;
      unwatched = this.#tellUnwatched(peer, unwatched);
      await clock.sleep(greetEveryMs, signal).catch(() => undefined);
    }
  }

  /** Of these clusters it is no witness, though a person has named it as one. */
  #tellUnwatched(peer: KnownPeer, before: readonly ClusterName[]): readonly ClusterName[] {
    const { log, clusters } = this.#parts;
    const unwatched = clusters.map(({ policy }) => policy.name).filter((name) => !peer.watches(name));
    for (const cluster of unwatched)
      if (!before.includes(cluster)) log.warn({ peer: peer.name, cluster }, 'peer.not-watching');
    for (const cluster of before)
      if (!unwatched.includes(cluster)) log.info({ peer: peer.name, cluster }, 'peer.watching');
    return unwatched;
  }
}
