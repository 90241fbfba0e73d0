/** Lines of the journal that tell how far a step has come: a few at first, fewer the longer it takes. */
import type { Clock } from '../../core/clock.ts';
import type { StepProgress } from '../../core/operation.ts';
import type { MoveProgress } from '../../core/shards/cluster-shaper.ts';

const leastMs = 1_000;
/** An hour of work is told in some three hundred lines. */
const share = 1 / 60;

/** Gives `write` what it is told, once a second at most. */
export function progressLines(
  clock: Clock,
  write: (progress: StepProgress) => void,
): (progress: MoveProgress) => void {
  const began = clock.monotonic();
  let lastAt = began;
  let lastKeys = 0;
  return (progress) => {
    const now = clock.monotonic();
    const passedMs = now - lastAt;
    if (passedMs < Math.max(leastMs, (now - began) * share)) return;
    const keysPerSecond = Math.round(((progress.keysMoved - lastKeys) * 1000) / passedMs);
    lastAt = now;
    lastKeys = progress.keysMoved;
    write({ ...progress, keysPerSecond });
  };
}
