/** The real agent as a process of its own beside a server of the kit, and the controller's client of it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { systemClock } from '../../src/control/system-clock.ts';
import type { HostAgent } from '../../src/core/host.ts';
import { type Address, formatAddress } from '../../src/core/identity.ts';
import { type Authority, makeAuthority } from '../../src/hosts/certificates/authority.ts';
import type { Credentials } from '../../src/hosts/certificates/credentials.ts';
import { writeCredentials } from '../../src/hosts/certificates/files.ts';
import { type AgentClient, hostAgent } from '../../src/hosts/client/host-agent.ts';
import { Child } from './child.ts';
import type { DatabaseServer } from './database-server.ts';
import { until } from './deadline.ts';
import { MYSQLBINLOG } from './mysql.ts';
import { freePort } from './ports.ts';

export interface StartAgentOptions {
  /** Whose certificates count; default: one of its own. A controller process reads its from its data folder. */
  readonly authority?: Authority;
  /** More keys of `server` in the agent's configuration. */
  readonly keys?: object;
  /** More keys at the top of its configuration. */
  readonly top?: object;
  /** When its certificate was made, epoch milliseconds. Default: now. */
  readonly madeAt?: number;
  /** Its port; default: a free one. */
  readonly port?: number;
  /** Runs in this network namespace; only root can. */
  readonly namespace?: string;
  /** It may start the server again. Default: yes. */
  readonly mayStart?: boolean;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const READY_MS = 20_000;

export class AgentProcess implements AsyncDisposable {
  readonly agent: HostAgent;
  readonly address: Address;
  readonly authority: Authority;
  readonly dataDir: string;
  readonly logFile: string;
  readonly #client: AgentClient;
  readonly #namespace: string | undefined;
  #child: Child;

  private constructor(place: Place, controller: Credentials, child: Child) {
    this.#namespace = place.namespace;
    this.#client = hostAgent(place.address, () => controller, systemClock);
    this.agent = this.#client;
    this.address = place.address;
    this.authority = place.authority;
    this.dataDir = place.dataDir;
    this.logFile = place.logFile;
    this.#child = child;
  }

  static async start(server: DatabaseServer, options: StartAgentOptions): Promise<AgentProcess> {
    const { host } = server.address;
    const folder = `${server.folder}-agent`;
    const authority = options.authority ?? (await makeAuthority(Date.now()));
    const address = { host, port: options.port ?? (await freePort(host)) };
    const place = {
      address,
      authority,
      dataDir: `${folder}/data`,
      logFile: `${folder}/agent.log`,
      namespace: options.namespace,
    };
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/agent.yaml`, stringify(configuration(server, place, options)));
    const now = Date.now();
    const names = { role: 'agent', hosts: [host] } as const;
    await writeCredentials(place.dataDir, await authority.identity(names, options.madeAt ?? now));
    const controller = await authority.identity({ role: 'controller', hosts: [] }, now);
    const started = new AgentProcess(place, controller, await launch(place.logFile, folder, place.namespace));
    try {
      await started.#awaitAnswer();
      return started;
    } catch (thrown) {
      await started[Symbol.asyncDispose]();
      throw new Error(`${String(thrown)}\n${await started.#child.logTail()}`, { cause: thrown });
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** SIGKILL. A server that it has started ends with it. */
  async kill(): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }

  /** SIGSTOP: what a hung host looks like. */
  pause(): Promise<void> {
    return this.#child.pause();
  }

  resume(): void {
    this.#child.resume();
  }

  /** Starts it again with another certificate; what it answers then is for the test to see. */
  async wear(credentials: Credentials): Promise<void> {
    await this.kill();
    await writeCredentials(this.dataDir, credentials);
    this.#child = await launch(this.logFile, this.logFile.replace(/\/agent\.log$/, ''), this.#namespace);
    await until('the agent to be ready', { deadlineMs: READY_MS }, async () => {
      const log = await readFile(this.logFile, 'utf8');
      return log
        .split('\n')
        .some((line) => line.includes('agent.ready') && line.includes(`"pid":${this.pid}`));
    });
  }

  /** With everything it had on its disk. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = await launch(this.logFile, this.logFile.replace(/\/agent\.log$/, ''), this.#namespace);
    await this.#awaitAnswer();
  }

  #awaitAnswer(): Promise<unknown> {
    return until('the agent to answer', { deadlineMs: READY_MS, everyMs: 20 }, async () => {
      if (this.#child.exit !== undefined) throw new Error('the agent ended while it was starting');
      const call = { signal: new AbortController().signal, deadlineMs: 2000 };
      return this.agent.state(call).catch(() => undefined);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    await this.kill();
  }
}

interface Place {
  readonly address: Address;
  readonly authority: Authority;
  readonly dataDir: string;
  readonly logFile: string;
  readonly namespace: string | undefined;
}

function configuration(server: DatabaseServer, place: Place, options: StartAgentOptions): object {
  const { command, args } = server.startCommand;
  const start = { command, args, output: `${server.folder}-agent/server.log` };
  return {
    listen: formatAddress(place.address),
    dataDir: place.dataDir,
    server: {
      engine: server.engine,
      dataFolder: `${server.folder}/data`,
      socket: server.socket,
      supervise: {
        kind: 'pid-file',
        pidFile: `${server.folder}/my.pid`,
        ...(options.mayStart === false ? {} : { start }),
      },
      ...(server.engine === 'mysql' ? { logTool: MYSQLBINLOG } : {}),
      ...options.keys,
    },
    ...options.top,
  };
}

function launch(logFile: string, folder: string, namespace: string | undefined): Promise<Child> {
  return Child.start({
    name: 'agent',
    command: process.execPath,
    args: [MAIN, 'agent', '--config', `${folder}/agent.yaml`],
    logFile,
    ...(namespace === undefined ? {} : { namespace }),
  });
}

export function startAgent(server: DatabaseServer, options: StartAgentOptions = {}): Promise<AgentProcess> {
  return AgentProcess.start(server, options);
}
