/** Whoever hands the primary over, or takes over from a dead one: Dauphin, what Redis brings itself, or a bare script. */
import type { Loss } from '../../src/core/operation.ts';

/** What the actor itself says of what it did. */
export interface Said {
  /** Why it did not come about, in words. */
  readonly failure?: string;
  readonly loss?: Loss;
}

/** Ready when it is there: its connections are open, and it has seen the servers. */
export interface HandOverActor extends AsyncDisposable {
  /** Gives the primary to the candidate that it was opened for. */
  switchover(): Promise<Said>;
}

/** Watches from the moment it is there. Nobody tells it of the death. */
export interface WatchingActor extends AsyncDisposable {
  /** Resolves when it has nothing more to do. */
  awaitTakeover(signal: AbortSignal): Promise<Said>;
}
