/** A port whose host swallows what is sent to it: its queue of connections is full, and nobody takes one out of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Address } from '../../src/core/identity.ts';
import { freePort } from './ports.ts';

const listen = `
  const server = require('node:net').createServer();
  server.listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 }, () => {
    process.stdout.write('listens', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

/** More than the kernel keeps in a queue of that length. */
const fillers = 8;

export interface DeafListener extends AsyncDisposable {
  readonly address: Address;
}

export async function startDeafListener(host: string): Promise<DeafListener> {
  const port = await freePort(host);
  const child = spawn(process.execPath, ['-e', listen, host, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const sockets: Socket[] = Array.from({ length: fillers }, () => connect({ host, port }));
  for (const socket of sockets) socket.on('error', () => undefined);
  return {
    address: { host, port },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
