/**
 * HAProxy's runtime API on the wire: one line of commands out, the whole reply back, one connection each. It
 * knows no command and judges no answer.
 * https://docs.haproxy.org/2.6/management.html#9.3
 */
import { connect, type NetConnectOpts } from 'node:net';
import { parseAddress } from '../../core/identity.ts';

/** Far more than the statistics of a proxy with a thousand servers (400 bytes each). */
const LONGEST_REPLY = 4 * 1024 * 1024;

/** The reply broke off or was no reply; what came before it may have been done. */
class BrokenReply extends Error {
  override readonly name = 'BrokenReply';
}

/** `/path` and `@abstract` are unix sockets, anything else is `host:port`. */
function runtimeEndpoint(socket: string): NetConnectOpts {
  if (socket.startsWith('@')) return { path: `\0${socket.slice(1)}` };
  const address = socket.includes('/') ? undefined : parseAddress(socket, 0);
  return address ?? { path: socket };
}

/**
 * HAProxy runs the commands of a line one after the other, those after a failed one too, and then closes. This
 * side must not close first, not even its half: HAProxy takes that for an abort (its changelog, 3.0.6).
 */
export async function ask(socket: string, commands: readonly string[], signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stream = connect(runtimeEndpoint(socket));
  const giveUp = (): void => {
    reject(signal.reason);
    stream.destroy();
  };
  signal.addEventListener('abort', giveUp, { once: true });
  let reply = '';
  stream.setEncoding('utf8');
  stream.once('connect', () => stream.write(`${commands.join('; ')}\n`));
  stream.on('data', (chunk: string) => {
    reply += chunk;
    if (reply.length > LONGEST_REPLY) stream.destroy(new BrokenReply(`over ${LONGEST_REPLY} bytes of reply`));
  });
  stream.once('end', () => {
    if (reply === '') stream.destroy(new BrokenReply('closed without an answer'));
    else resolve(reply);
  });
  stream.once('error', reject);
  stream.once('close', () => {
    signal.removeEventListener('abort', giveUp);
    reject(new BrokenReply('closed before the answer was complete'));
  });
  return await promise;
}
