/**
 * A question for the primary while the role changes hands has no good answer yet: the old one refuses writes, or is
 * dead, and clients give up (node-redis after 16 times READONLY) or wait for a second before they ask again. So the
 * answer waits for the hand-over, for a moment.
 */
import type { Face } from './command-row.ts';
import type { PrimaryView } from './sentinel-view.ts';

/** Undefined for a name that is not known. What is there when the wait is over is answered. */
export async function settledPrimary(
  face: Pick<Face, 'view' | 'clock' | 'lookupHoldMs'>,
  name: string,
  signal: AbortSignal,
): Promise<PrimaryView | undefined> {
  const { view, clock, lookupHoldMs } = face;
  const look = (): PrimaryView | undefined => view.primaries().find((cluster) => cluster.name === name);
  const first = look();
  if (isSettled(first, face)) return first;
  const settled = new AbortController();
  const stopListening = view.onChange(() => {
    if (isSettled(look(), face)) settled.abort();
  });
  try {
    // Ends by an abort when the hand-over does or the client leaves, by itself when it takes too long.
    await clock.sleep(lookupHoldMs, AbortSignal.any([settled.signal, signal])).catch(() => undefined);
  } finally {
    stopListening();
  }
  return look();
}

/** One that has only just been found dead is about to be replaced, or will stay dead: then nobody waits any more. */
function isSettled(
  cluster: PrimaryView | undefined,
  { clock, lookupHoldMs }: Pick<Face, 'clock' | 'lookupHoldMs'>,
): boolean {
  if (cluster === undefined) return true;
  const down = cluster.primary?.down;
  const justDied = down?.how === 'objectively' && clock.now() - down.since < lookupHoldMs;
  return !cluster.handingOver && !justDied;
}
