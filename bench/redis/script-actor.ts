/** A watcher that is nothing but a loop of the bench's own. */
import { within } from '../../test/kit/deadline.ts';
import type { Said, WatchingActor } from './actor.ts';

const END_MS = 30_000;

/** `watch` begins at once, sees to the death it finds, and rejects when its signal is fired. */
export function scriptActor(watch: (signal: AbortSignal) => Promise<Said>): WatchingActor {
  const ending = new AbortController();
  const done = watch(ending.signal);
  // Whoever waits for it is told; until then it is nobody's failure.
  done.catch(() => undefined);
  return {
    awaitTakeover: () => within('the script', END_MS, done),
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await done.catch(() => undefined);
    },
  };
}
