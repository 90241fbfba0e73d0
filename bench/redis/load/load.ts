/** Both load processes of a run: the probe, and an ordinary client. */
import { until } from '../../../test/kit/deadline.ts';
import type { Stage } from '../stage.ts';
import { LoadProcess, type LoadReport } from './load-process.ts';
import type { ClientConnection } from './load-protocol.ts';

export interface LoadReports {
  readonly probe: LoadReport;
  readonly client: LoadReport;
}

/** A client at one address is told of another so much later at most. */
const LOOK_EVERY_MS = 10;
const SELDOM_MS = 100;

export class Load implements AsyncDisposable {
  readonly #probe: LoadProcess;
  readonly #client: LoadProcess;
  readonly #resources: AsyncDisposableStack;

  private constructor(probe: LoadProcess, client: LoadProcess, resources: AsyncDisposableStack) {
    this.#probe = probe;
    this.#client = client;
    this.#resources = resources;
  }

  static async start({ folder, lanes, streams }: Stage, connection: ClientConnection): Promise<Load> {
    await using resources = new AsyncDisposableStack();
    const client = resources.use(await LoadProcess.start(folder, { kind: 'client', connection, streams }));
    const probe = resources.use(await LoadProcess.start(folder, { kind: 'probe', lanes }));
    return new Load(probe, client, resources.move());
  }

  /** The client, which is at one address, goes to another. */
  follow(...args: Parameters<LoadProcess['follow']>): Promise<void> {
    return this.#client.follow(...args);
  }

  /** The first of these servers that takes a write of the probe after `since` (epoch microseconds). */
  awaitTaker(names: readonly string[], since: number, deadlineMs: number): Promise<string> {
    return until('a new primary to take writes', { deadlineMs, everyMs: LOOK_EVERY_MS }, async () => {
      const { lastAckedAt } = await this.#probe.stats();
      return names.find((name) => (lastAckedAt[name] ?? 0) > since);
    });
  }

  /** Returns when a write of the client to that shard was acknowledged after `since` (epoch microseconds). */
  async awaitClient(shard: string, since: number, deadlineMs: number): Promise<void> {
    await until('the client to write again', { deadlineMs, everyMs: SELDOM_MS }, async () => {
      const { lastAckedAt } = await this.#client.stats();
      return (lastAckedAt[shard] ?? 0) > since;
    });
  }

  async stop(): Promise<LoadReports> {
    const [probe, client] = await Promise.all([this.#probe.stop(), this.#client.stop()]);
    return { probe, client };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
