/**
 * The machine that a model server and its agent run on. Its crash takes both, and what was not on the disk; unlike a
 * process that dies, a machine that is gone refuses nobody: it is silent.
 */
import type { AgentModel } from './agent-model.ts';
import type { FencedHost } from './fenced-host.ts';
import type { NetworkModel } from './network-model.ts';
import type { ServerModel } from './server-model.ts';
import type { LoggedTransaction } from './transaction-log.ts';

export class HostModel implements FencedHost {
  readonly server: ServerModel;
  readonly #network: NetworkModel;
  /** Everybody that may talk to this machine, by the names the network knows. */
  readonly #others: () => readonly string[];
  agent: AgentModel | undefined;
  up = true;
  fenced = false;
  /** Virtual, monotonic milliseconds. */
  bootedAt = 0;

  constructor(parts: { server: ServerModel; network: NetworkModel; others: () => readonly string[] }) {
    this.server = parts.server;
    this.#network = parts.network;
    this.#others = parts.others;
  }

  get name(): string {
    return this.server.name;
  }

  /** Returns the transactions that went with it, because they were not on the disk. */
  crash(): readonly LoggedTransaction[] {
    if (!this.up) return [];
    this.up = false;
    this.isolate();
    this.server.kill('host');
    this.agent?.die();
    return this.server.disk.lose();
  }

  /** `stays`: nobody starts its server with it. */
  boot(stays?: 'down'): void {
    if (this.up) return;
    this.up = true;
    this.bootedAt = this.server.clock.monotonic();
    this.server.disk.stuck = false;
    this.rejoinNetwork();
    this.agent?.start();
    if (stays === undefined) this.startServer();
  }

  /** Nobody reaches the machine, and it reaches nobody. */
  isolate(): void {
    this.#eachWay((a, b) => this.#network.cut(a, b));
  }

  rejoinNetwork(): void {
    this.#eachWay((a, b) => this.#network.heal(a, b));
  }

  /** As its supervisor or a person does, who know nothing of a fence. */
  startServer(): void {
    if (!this.up) return;
    this.server.start();
    this.agent?.enforce();
  }

  fence(): void {
    this.fenced = true;
    this.server.readOnlyFile = true;
    this.server.kill();
  }

  unfence(start: 'as-before' | 'read-only' | 'no'): void {
    this.fenced = false;
    if (start === 'as-before') this.server.readOnlyFile = false;
    if (start !== 'no') this.startServer();
  }

  #eachWay(happen: (a: string, b: string) => void): void {
    const own = [this.server.name, ...(this.agent ? [this.agent.name] : [])];
    for (const other of this.#others()) {
      if (own.includes(other)) continue;
      for (const each of own) happen(each, other);
    }
  }
}
