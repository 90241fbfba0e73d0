/** Failures of the runtime API in the catalogue's words. */
import { Fault } from '../../contract/errors.ts';
import { DeadlineExceeded } from '../../core/deadline.ts';
import type { HaproxySettings } from '../../core/policy.ts';

export function unreachable(settings: HaproxySettings, cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const why =
    cause instanceof DeadlineExceeded
      ? `no answer within ${cause.deadlineMs} ms`
      : cause instanceof Error
        ? cause.message
        : String(cause);
  const { name: route, socket } = settings;
  return new Fault('route-unreachable', `route ${route}: HAProxy at ${socket}: ${why}`, {
    cause,
    details: { route, socket },
  });
}

export function refused(settings: HaproxySettings, words: string): Fault {
  const { name: route, socket } = settings;
  return new Fault('route-refused', `route ${route}: HAProxy at ${socket} says: ${words}`, {
    details: { route, socket, words },
  });
}

/**
 * What HAProxy says although all is well. A server that tracks another takes its health from there, and so
 * cannot be told it; the tracked one knows better than nobody.
 */
const ALL_IS_WELL =
  /^(IP changed from|port changed from|no need to change the |nothing changed|cannot change health on a tracking server)/;

export function throwIfRefused(settings: HaproxySettings, words: readonly string[]): void {
  const complaints = words.filter((line) => !ALL_IS_WELL.test(line));
  if (complaints.length > 0) throw refused(settings, complaints.join(' '));
}
