/** A database server as a child process: what the engines have in common. */
import type { Address } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { dauphin } from './accounts.ts';
import { type Child, childCommand } from './child.ts';
import type { DatabaseServer } from './database-server.ts';
import { type LaunchRecipe, launchServer } from './launch-server.ts';
import { SqlClient, type SqlRow } from './sql.ts';

const SHUTDOWN_MS = 20_000;

export interface ServerRecipe extends LaunchRecipe {
  readonly engine: SqlEngineKind;
  readonly version: string;
  readonly address: Address;
  readonly serverId: number;
  readonly socket: string;
}

export class ServerProcess implements DatabaseServer {
  readonly #recipe: ServerRecipe;
  #child: Child;
  #client: Promise<SqlClient> | undefined;

  private constructor(recipe: ServerRecipe, child: Child) {
    this.#recipe = recipe;
    this.#child = child;
  }

  static async start(recipe: ServerRecipe): Promise<ServerProcess> {
    return new ServerProcess(recipe, await launch(recipe, []));
  }

  get name(): string {
    return this.#recipe.name;
  }
  get engine(): SqlEngineKind {
    return this.#recipe.engine;
  }
  get version(): string {
    return this.#recipe.version;
  }
  get address(): Address {
    return this.#recipe.address;
  }
  get serverId(): number {
    return this.#recipe.serverId;
  }
  get socket(): string {
    return this.#recipe.socket;
  }
  get folder(): string {
    return this.#recipe.folder;
  }
  get pid(): number {
    return this.#child.pid;
  }
  get running(): boolean {
    return this.#child.exit === undefined;
  }
  get startCommand(): DatabaseServer['startCommand'] {
    const { command, args, asUser, namespace } = this.#recipe;
    return childCommand({
      command,
      args,
      ...(asUser === undefined ? {} : { asUser }),
      ...(namespace === undefined ? {} : { namespace }),
    });
  }

  async stop(): Promise<void> {
    // A server waits seconds for sessions to leave by themselves before it ends.
    await this.#leave();
    await this.#child.stop({ graceMs: SHUTDOWN_MS });
  }

  async kill(): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }

  pause(): Promise<void> {
    return this.#child.pause();
  }

  resume(): void {
    this.#child.resume();
  }

  async restart(extraArgs: readonly string[] = []): Promise<void> {
    await this.stop();
    this.#child = await launch(this.#recipe, extraArgs);
  }

  async query(sql: string, deadlineMs = 10_000): Promise<readonly SqlRow[]> {
    const client = await this.#connected(deadlineMs);
    return client.query(sql, deadlineMs);
  }

  /** One connection is kept; the next one is opened when it has ended. */
  async #connected(deadlineMs: number): Promise<SqlClient> {
    const held = await this.#client?.catch(() => undefined);
    if (held !== undefined && !held.closed) return held;
    this.#client = SqlClient.open({ ...this.#recipe, account: dauphin }, deadlineMs);
    return this.#client;
  }

  async #leave(): Promise<void> {
    const held = await this.#client?.catch(() => undefined);
    held?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
    await this.kill();
  }
}

function launch(recipe: ServerRecipe, extraArgs: readonly string[]): Promise<Child> {
  return launchServer(recipe, extraArgs, () => answers(recipe));
}

async function answers(recipe: ServerRecipe): Promise<boolean> {
  try {
    const client = await SqlClient.open({ ...recipe, account: dauphin }, 2000);
    client.close();
    return true;
  } catch {
    return false;
  }
}
