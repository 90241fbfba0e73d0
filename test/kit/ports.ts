/** Free loopback addresses. A "host" of the tests is an address of 127/8 of its own. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range from which the kernel gives ports to outgoing connections (32768 and up): one found free here is
 * not taken by a passing client before its server binds it, nor while the server is down for a restart.
 */
const LOWEST = 15_000;
const HIGHEST = 32_000;

const given = new Set<string>();

/** 127.0.0.10 for 0, 127.0.0.11 for 1, and so on. */
export function loopbackHost(n: number): string {
  if (!Number.isInteger(n) || n < 0 || n > 240) throw new RangeError(`loopbackHost(${n}): 0 to 240`);
  return `127.0.0.${10 + n}`;
}

/** Random, so that test processes side by side do not meet; never the same twice in a process. */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    const key = `${host}:${port}`;
    if (given.has(key) || !(await canBind(host, port))) continue;
    given.add(key);
    return port;
  }
  throw new Error(`${host}: no free port found`);
}

function canBind(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}
