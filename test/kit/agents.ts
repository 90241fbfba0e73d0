/** One agent on each host of a cluster, with certificates of the authority that the controller will find in its folder. */

import { formatAddress } from '../../src/core/identity.ts';
import { openOrMakeAuthority } from '../../src/hosts/certificates/files.ts';
import { type AgentProcess, type StartAgentOptions, startAgent } from './agent.ts';
import type { DatabaseServer } from './database-server.ts';

export class Agents implements AsyncDisposable {
  readonly #agents: ReadonlyMap<string, AgentProcess>;
  readonly #resources: AsyncDisposableStack;

  private constructor(agents: ReadonlyMap<string, AgentProcess>, resources: AsyncDisposableStack) {
    this.#agents = agents;
    this.#resources = resources;
  }

  /** `controllerFolder`: what the controller process is going to be given. */
  static async start(
    servers: readonly DatabaseServer[],
    controllerFolder: string,
    options: Pick<StartAgentOptions, 'mayStart'>,
  ): Promise<Agents> {
    await using resources = new AsyncDisposableStack();
    const authority = await openOrMakeAuthority(`${controllerFolder}/data`, Date.now());
    const starts = await Promise.allSettled(
      servers.map((server) => startAgent(server, { ...options, authority })),
    );
    const started = starts.flatMap((result) =>
      result.status === 'fulfilled' ? [resources.use(result.value)] : [],
    );
    const failed = starts.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const agents = new Map(servers.flatMap(({ name }, at) => (started[at] ? [[name, started[at]]] : [])));
    return new Agents(agents, resources.move());
  }

  /** Where the controller finds each: keys of the servers in its configuration. */
  get serverKeys(): Readonly<Record<string, object>> {
    const keys = [...this.#agents].map(
      ([name, { address }]) => [name, { agent: formatAddress(address) }] as const,
    );
    return Object.fromEntries(keys);
  }

  of(server: string): AgentProcess {
    const agent = this.#agents.get(server);
    if (agent === undefined) throw new Error(`no agent beside ${server}`);
    return agent;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

export function startAgents(
  servers: readonly DatabaseServer[],
  controllerFolder: string,
  options: Pick<StartAgentOptions, 'mayStart'> = {},
): Promise<Agents> {
  return Agents.start(servers, controllerFolder, options);
}
