/** Does the server greet whoever connects: the agent's own look, without an account and without the network. */
import { connect, type NetConnectOpts } from 'node:net';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';

/** MySQL's and MariaDB's servers speak first; any first word, also `Too many connections`, is a sign of life. */
export async function greets(where: NetConnectOpts, call: Call, clock: Clock): Promise<boolean> {
  try {
    return await withDeadline(clock, call, 'a greeting of the server', (signal) => greeting(where, signal));
  } catch {
    call.signal.throwIfAborted();
    return false;
  }
}

function greeting(where: NetConnectOpts, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(where);
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  socket.once('data', () => resolve(true));
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
