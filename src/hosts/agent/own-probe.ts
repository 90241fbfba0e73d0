/** Does the server greet whoever connects: the agent's own look, without an account and without the network. */
import { connect, type NetConnectOpts } from 'node:net';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';

/** Where a server is reached, and what makes it speak, where it does not speak first. */
export type Doorbell = NetConnectOpts & { readonly ring?: string };

/** Any first word, also `Too many connections`, is a sign of life. */
export async function greets(where: Doorbell, call: Call, clock: Clock): Promise<boolean> {
  try {
    return await withDeadline(clock, call, 'a greeting of the server', (signal) => greeting(where, signal));
  } catch {
    call.signal.throwIfAborted();
    return false;
  }
}

/** A server answers at the agent's own address and none of the processes that the agent sees is it. */
export function unseen(where: NetConnectOpts): Fault {
  const at = 'path' in where ? where.path : `${where.host}:${where.port}`;
  return new Fault(
    'config-invalid',
    `a server answers at ${at}, and the agent sees no process of it: is server.dataFolder its own, and does it run on this host, outside of any container, with /proc showing it (hidepid)?`,
    { details: { at } },
  );
}

function greeting({ ring, ...where }: Doorbell, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(where);
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  socket.once('data', () => resolve(true));
  if (ring !== undefined) socket.write(ring);
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
