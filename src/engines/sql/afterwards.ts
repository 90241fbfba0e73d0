/** What has to be put right whatever became of the work. */
import type { Call } from '../../core/clock.ts';

const afterwardsMs = 2000;

/** For what has to be put right even though the call's own time is over, or its caller has given up. */
export const afterwards = (left: Call): Call => ({
  deadlineMs: Math.max(left.deadlineMs, afterwardsMs),
  signal: new AbortController().signal,
  // Who has lost the cluster meanwhile leaves it to its successor, which may have promoted this very server.
  ...(left.assertAllowed === undefined ? {} : { assertAllowed: left.assertAllowed }),
});

/** Whatever became of the work; an error of its own is the one that counts. */
export async function thenAlways(work: () => Promise<void>, last: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    await last().catch(() => undefined);
    throw thrown;
  }
  await last();
}
