/** `supervise: {kind: child}`: the agent starts the server itself, and the server is not the agent's to take along. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { dauphin } from '../kit/accounts.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { awaitMark } from '../kit/await-mark.ts';
import { tailOf } from '../kit/child.ts';
import { startCluster } from '../kit/cluster.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { until } from '../kit/deadline.ts';
import { isAlive } from '../kit/folder.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { SqlClient } from '../kit/sql.ts';
import { call } from './call.ts';

const deadlineMs = 30_000;

/** Started by the agent, it is no child of the test. */
class Started implements AsyncDisposable {
  readonly #server: DatabaseServer;
  readonly #host: AgentProcess;

  constructor(server: DatabaseServer, host: AgentProcess) {
    this.#server = server;
    this.#host = host;
  }

  /** It may answer before its pid file is its own. */
  pid(): Promise<number> {
    return until('its pid', { deadlineMs }, () => this.#running());
  }

  async #running(): Promise<number | undefined> {
    const pid = Number(await readFile(`${this.#server.folder}/my.pid`, 'utf8').catch(() => ''));
    return pid > 1 && isAlive(pid) ? pid : undefined;
  }

  async await(state: 'answers' | 'gone'): Promise<void> {
    let last: unknown;
    try {
      await until(`the server: ${state}`, { deadlineMs, everyMs: 50 }, async () => {
        const seen = await this.#host.agent.state(call()).catch((thrown: unknown) => {
          last = thrown;
        });
        if (seen) last = seen.server;
        return seen?.server === state;
      });
    } catch (thrown) {
      const words = await tailOf(`${this.#server.folder}/error.log`, 15);
      throw new Error(`${String(thrown)}; last seen: ${String(last)}\n${words}`, { cause: thrown });
    }
  }

  async readOnly(): Promise<string | null | undefined> {
    const { address, engine } = this.#server;
    const client = await SqlClient.open({ address, engine, account: dauphin }, 10_000);
    try {
      return (await client.query('select @@global.read_only as ro', 5000))[0]?.ro;
    } finally {
      client.close();
    }
  }

  async kill(): Promise<void> {
    process.kill(await this.pid(), 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host.kill();
    const pid = await this.#running();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}

const engines: readonly SqlEngineKind[] =
  mysqlUnavailable() === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

test.each(engines)(
  '%s is started, kept down and started again',
  async (engine) => {
    await using cluster = await startCluster({
      engine,
      replicas: 0,
      firstHost: engine === 'mysql' ? 178 : 177,
    });
    const { primary } = cluster;
    await primary.stop();
    const { command, args } = primary.startCommand;
    const words = args.filter((word) => word !== '--pdeathsig' && word !== 'KILL');
    const output = `${primary.folder}-agent/server.log`;
    const supervise = { kind: 'child', command, args: words, output };
    await using host = await startAgent(primary, { keys: { supervise } });
    await using started = new Started(primary, host);

    // None was there at the agent's start.
    await started.await('answers');
    const first = await started.pid();
    expect(await started.readOnly()).toBe('0');
    // It outlives the agent, and the next agent takes it as it is.
    await host.restart();
    await started.await('answers');
    expect(await started.pid()).toBe(first);

    expect(await host.agent.fence(call())).toEqual({ how: 'killed' });
    await awaitMark(host.dataDir, { fenced: true });
    await host.restart();
    await started.await('gone');
    await host.agent.unfence({ start: 'read-only' }, call(deadlineMs));
    await started.await('answers');
    expect(await started.readOnly()).toBe('1');

    // One that dies by itself is left to the controller, which may order it back; the next agent starts it, too.
    await started.kill();
    await started.await('gone');
    await host.agent.unfence({ start: 'as-before' }, call(deadlineMs));
    await started.await('answers');
    expect(await started.readOnly()).toBe('0');
    await started.kill();
    await started.await('gone');
    await host.restart();
    await started.await('answers');
  },
  120_000,
);
