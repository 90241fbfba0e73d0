/** Whoever watches the primaries of one cluster, be it one or several. */
import type { Judgement } from '../../core/detection/testimony.ts';
import type { ServerId } from '../../core/identity.ts';

export interface Death {
  readonly server: ServerId;
  readonly name: string;
  readonly judgement: Judgement;
}

export interface DeathWatch {
  /** Of a primary that is suspected or dead now. */
  readonly judgement: Judgement | undefined;
  /** Told again and again for as long as it stays dead. */
  onDeath: (death: Death) => void;
  /** It was dead and has come back by itself so many times lately. */
  onFlapping: (server: Pick<Death, 'server' | 'name'>, returns: number) => void;
  /** An operation has the cluster in hand: nothing is suspected, and no receiver touched, until it has ended. */
  busy: () => boolean;
  start(): void;
  close(): Promise<void>;
  /** Asks every witness now whether the server is dead. */
  inquest(id: ServerId, signal: AbortSignal): Promise<Judgement>;
}
