/** Several servers that begin together and end together. */
import type { RedisServer } from './redis-server.ts';

export class ServerGroup implements AsyncDisposable {
  readonly folder: string;
  readonly servers: readonly RedisServer[];
  readonly #resources: AsyncDisposableStack;

  constructor(folder: string, servers: readonly RedisServer[], resources: AsyncDisposableStack) {
    this.folder = folder;
    this.servers = servers;
    this.#resources = resources;
  }

  server(name: string): RedisServer {
    const found = this.servers.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no server ${name} here`);
    return found;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** All at once; when one fails, the others are `resources`' to end. */
export async function startAll(
  resources: AsyncDisposableStack,
  starts: readonly Promise<RedisServer>[],
): Promise<readonly RedisServer[]> {
  const results = await Promise.allSettled(starts);
  const servers = results.flatMap((result) =>
    result.status === 'fulfilled' ? [resources.use(result.value)] : [],
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return servers;
}
