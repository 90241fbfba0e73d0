/**
 * Tells the network that an address lives here now. The kernel says nothing of it when an address is added, so it is made
 * to ask for a neighbour in the address's name: every host that hears that broadcast corrects what it had noted
 * (RFC 826), and the kernel asks three times, a second apart. Needs no raw socket and no program but `ip`.
 * Linux does not correct an entry that is less than a second old (`locktime`, arp(7)) unless the announcement is in the
 * form that `arping -U` gives it: where that program is there, it is sent as well.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Call } from '../../core/clock.ts';
import { runTool } from './run-tool.ts';

/** Nobody may have it: the last 256 addresses of the link-local network are reserved (RFC 3927, 2.1). */
const nobody = '169.254.255.254';
const discardPort = 9;
const arpingMs = 3000;

/** `host` is on the interface already. */
export async function announceAddress(host: string, to: string, call: Call): Promise<void> {
  const way = [`${nobody}/32`, 'dev', to, 'scope', 'link', 'src', host];
  void asGratuitous(host, to);
  // One that was answered by a machine in spite of that, or is being asked for, would keep the kernel silent.
  await runTool('ip', ['neigh', 'flush', 'to', nobody, 'dev', to], call);
  await runTool('ip', ['route', 'replace', ...way], call);
  const socket = createSocket('udp4');
  try {
    socket.bind(0, host);
    await once(socket, 'listening', { signal: call.signal });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.send('', discardPort, nobody, (failure) => (failure ? reject(failure) : resolve()));
    await promise;
  } finally {
    socket.close();
    await runTool('ip', ['route', 'del', ...way], call).catch(() => undefined);
  }
}

/** Not waited for: it is on its way at once, and ends later. */
async function asGratuitous(host: string, to: string): Promise<void> {
  const call = { signal: new AbortController().signal, deadlineMs: arpingMs };
  await runTool('arping', ['-q', '-U', '-c', '1', '-I', to, host], call).catch(() => undefined);
}
