/**
 * The two ways in which HAProxy makes new clients wait, and how each is ended.
 *
 * `frontend`: the frontend takes 0 connections; clients wait in the kernel's backlog. Exact, but before the
 * versions below, raising the limit again while somebody waits deadlocks HAProxy, and its watchdog kills it:
 * https://github.com/haproxy/haproxy/issues/2726
 *
 * `queue`: the slot takes 1 connection; HAProxy queues the others, for as long as `timeout queue` says (without
 * one, `timeout connect`). While the slot has no connection at all, the first to come is let through.
 */
import type { HaproxySettings } from '../../core/policy.ts';
import type { Reading } from './reading.ts';

export type Hold = 'frontend' | 'queue';

/** The first patch release of each branch with "BUG/MEDIUM: cli: Deadlock when setting frontend maxconn". */
const FIXED_IN: ReadonlyMap<string, number> = new Map([
  ['2.4', 28],
  ['2.6', 20],
  ['2.8', 12],
  ['3.0', 6],
]);

export function holdFor(version: string): Hold {
  const [major = 0, minor = 0, patch = 0] = (/^\d+\.\d+(?:\.\d+)?/.exec(version)?.[0] ?? '')
    .split('.')
    .map(Number);
  const fixedIn = FIXED_IN.get(`${major}.${minor}`) ?? Number.POSITIVE_INFINITY;
  return major > 3 || (major === 3 && minor > 0) || patch >= fixedIn ? 'frontend' : 'queue';
}

/** Undefined when new clients are not held. */
export function heldBy(reading: Reading, settings: HaproxySettings): Hold | undefined {
  if (settings.frontend === undefined) return undefined;
  if (reading.frontendLimit === 0) return 'frontend';
  return reading.slotLimit === 1 ? 'queue' : undefined;
}

export function holdCommand(hold: Hold, settings: HaproxySettings): string {
  return hold === 'frontend' ? setLimit(hold, 0, settings) : setLimit(hold, 1, settings);
}

/** The limit that the hold is about to overwrite. */
export function limitBefore(hold: Hold, reading: Reading): number {
  return hold === 'frontend' ? (reading.frontendLimit ?? reading.processLimit) : reading.slotLimit;
}

/**
 * The limit to go back to when the controller that held is gone and with it what it had read: what people say
 * it is, else what HAProxy gives a frontend or a server whose configuration names none.
 */
export function limitUnknown(hold: Hold, reading: Reading, settings: HaproxySettings): number {
  return settings.maxconn ?? (hold === 'frontend' ? reading.processLimit : 0);
}

/** "No limit" by itself lets nobody out of the queue; a limit so high that it is none does, at once. */
const LET_ALL_OUT = 2_147_483_647;

export function unholdCommands(hold: Hold, limit: number, settings: HaproxySettings): readonly string[] {
  const restored = setLimit(hold, limit, settings);
  return hold === 'queue' && limit === 0 ? [setLimit(hold, LET_ALL_OUT, settings), restored] : [restored];
}

function setLimit(hold: Hold, limit: number, settings: HaproxySettings): string {
  return hold === 'frontend'
    ? `set maxconn frontend ${settings.frontend} ${limit}`
    : `set maxconn server ${settings.backend}/${settings.server} ${limit}`;
}
