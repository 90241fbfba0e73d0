/** Another controller as an inquest sees it: bounded, and heard only where it is a witness of its own. */
import { asFault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Said } from '../../core/detection/testify.ts';
import type { ClusterName } from '../../core/identity.ts';
import { type Peer, type PeerQuestion, peerSays } from '../../core/peer.ts';

const greetMs = 1000;
/** What the way there and back takes, beside the look. */
const wayMs = 250;

interface Circle {
  readonly clock: Clock;
  readonly self: string;
  /** The peers before it that are the same controller, by name. */
  sameAs(peer: KnownPeer): readonly string[];
}

export class KnownPeer {
  readonly name: string;
  readonly #peer: Peer;
  readonly #circle: Circle;
  /** Which controller it was when it answered last. */
  controller: string | undefined;
  /** It answered when it was asked last. */
  answers = false;
  /** As it said last; undefined until it has. */
  #clusters: readonly ClusterName[] | undefined;

  constructor(peer: Peer, circle: Circle) {
    this.name = peer.name;
    this.#peer = peer;
    this.#circle = circle;
  }

  /**
   * False once it is known to be this controller itself, or one that has another name before, or not to watch the
   * cluster: then it neither testifies nor counts among those who could.
   */
  isWitnessOf(cluster: ClusterName): boolean {
    const { self, sameAs } = this.#circle;
    if (!this.watches(cluster)) return false;
    if (this.controller === undefined) return true;
    return this.controller !== self && sameAs(this).length === 0;
  }

  /** As far as is known. */
  watches(cluster: ClusterName): boolean {
    return this.#clusters?.includes(cluster) ?? true;
  }

  /** Undefined when the waiting was ended first. */
  async look(question: PeerQuestion, signal: AbortSignal): Promise<Said | undefined> {
    const { clock, self, sameAs } = this.#circle;
    const call: Call = { signal, deadlineMs: question.lookMs + wayMs };
    try {
      const view = await withDeadline(clock, call, `peer ${this.name}`, (inner) =>
        this.#peer.look(question, { ...call, signal: inner }),
      );
      this.#heard(view.controller);
      return peerSays(view, self, sameAs(this));
    } catch (thrown) {
      if (signal.aborted) return undefined;
      this.answers = false;
      return { says: 'cannot-tell', fact: asFault(thrown).message };
    }
  }

  /** What keeps its word from counting; undefined when nothing does. */
  async trouble(signal: AbortSignal): Promise<string | undefined> {
    const { clock, self, sameAs } = this.#circle;
    const call: Call = { signal, deadlineMs: greetMs };
    try {
      const { controller, clusters } = await withDeadline(clock, call, `peer ${this.name}`, (inner) =>
        this.#peer.greet({ ...call, signal: inner }),
      );
      this.#clusters = clusters;
      this.#heard(controller);
      const { says, fact } = peerSays({ controller, says: 'serves', fact: '' }, self, sameAs(this));
      return says === 'serves' ? undefined : fact;
    } catch (thrown) {
      if (!signal.aborted) this.answers = false;
      return asFault(thrown).message;
    }
  }

  #heard(controller: string): void {
    this.controller = controller;
    this.answers = true;
  }
}
