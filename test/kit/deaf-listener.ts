/** A port whose host swallows what is sent to it: its queue of connections is full, and nobody takes one out of it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Address } from '../../src/core/identity.ts';
import { Child } from './child.ts';
import { within } from './deadline.ts';
import { freePort } from './ports.ts';

const listen = `
  const server = require('node:net').createServer();
  server.listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 }, () => {
    process.send('listens', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

/** More than the kernel keeps in a queue of that length. */
const fillers = 8;
const LISTEN_MS = 20_000;

export interface DeafListener extends AsyncDisposable {
  readonly address: Address;
}

export async function startDeafListener(host: string): Promise<DeafListener> {
  const port = await freePort(host);
  const child = await Child.start({
    name: 'deaf listener',
    command: process.execPath,
    args: ['-e', listen, host, String(port)],
    logFile: '/dev/null',
    ipc: true,
  });
  try {
    const ended = child.exited.then(({ code }) => Promise.reject(new Error(`it ended with status ${code}`)));
    await within(
      `${host}:${port} to listen`,
      LISTEN_MS,
      Promise.race([once(child.process, 'message'), ended]),
    );
  } catch (thrown) {
    await child[Symbol.asyncDispose]();
    throw thrown;
  }
  const sockets: Socket[] = Array.from({ length: fillers }, () => connect({ host, port }));
  for (const socket of sockets) socket.on('error', () => undefined);
  return {
    address: { host, port },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await child[Symbol.asyncDispose]();
    },
  };
}
