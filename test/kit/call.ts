/** A call of a test: nobody ends it early unless told so. */
import type { Call } from '../../src/core/clock.ts';

export const call = (deadlineMs = 20_000, signal: AbortSignal = new AbortController().signal): Call => ({
  deadlineMs,
  signal,
});
