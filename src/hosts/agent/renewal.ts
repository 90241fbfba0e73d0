/** Renews the agent's certificate in time, for as long as the agent runs. */
import type { Call, Clock } from '../../core/clock.ts';
import type { Credentials } from '../certificates/credentials.ts';
import { msUntilRenewal } from '../certificates/validity.ts';
import type { AgentLog } from './agent-log.ts';

export interface RenewalParts {
  readonly clock: Clock;
  readonly log: AgentLog;
  ask(old: Credentials, call: Call): Promise<Credentials>;
  /** On the disk and in use when it returns. */
  take(fresh: Credentials): Promise<void>;
}

/** Weeks are left when it begins to try. */
const againMs = 60 * 60 * 1000;
const askMs = 30_000;
/** The longest a timer can wait is 24 days. */
const longestSleepMs = 24 * 60 * 60 * 1000;

/** Ends with the signal. */
export async function keepRenewed(
  first: Credentials,
  parts: RenewalParts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = parts;
  let current = first;
  while (!signal.aborted) {
    const wait = msUntilRenewal(current.certificate, clock.now());
    try {
      if (wait > 0) {
        await clock.sleep(Math.min(wait, longestSleepMs), signal);
        continue;
      }
      const fresh = await parts.ask(current, { signal, deadlineMs: askMs });
      await parts.take(fresh);
      current = fresh;
      log.info({}, 'certificate.renewed');
    } catch (thrown) {
      if (signal.aborted) return;
      log.warn({ err: thrown }, 'certificate.not-renewed');
      await clock.sleep(againMs, signal).catch(() => undefined);
    }
  }
}
