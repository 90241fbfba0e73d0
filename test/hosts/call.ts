/** A call of a test: nobody ends it early. */
import type { Call } from '../../src/core/clock.ts';

export const call = (deadlineMs = 10_000): Call => ({ signal: new AbortController().signal, deadlineMs });
