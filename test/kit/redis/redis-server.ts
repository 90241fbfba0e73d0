/** One real Redis or Valkey server, or Sentinel, as a child process. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Address } from '../../../src/core/identity.ts';
import { type Child, childCommand } from '../child.ts';
import { type LaunchRecipe, launchServer } from '../launch-server.ts';
import { freePort } from '../ports.ts';
import { type ClusterMode, type RedisTls, redisConfig, sentinelConfig } from './redis-config.ts';
import { type RedisFlavour, systemRedis } from './redis-flavours.ts';
import { RespProber, type RespTarget } from './resp-prober.ts';
import { RespError, type RespReply } from './resp-reply.ts';

const SHUTDOWN_MS = 20_000;
const COMMAND_MS = 10_000;

export interface StartRedisOptions {
  /** The server makes a folder of its name in it. */
  readonly folder: string;
  readonly name: string;
  readonly host: string;
  /** A free one when it is not given. */
  readonly port?: number;
  /** Default: the system's Redis. */
  readonly flavour?: RedisFlavour;
  /** More lines of its configuration file, such as `min-replicas-to-write 1`; they win over the kit's own. */
  readonly config?: readonly string[];
  /** Of the default user, and of its own replication. */
  readonly password?: string;
  /** Speaks nothing but TLS, with clients, its source and the cluster's bus. */
  readonly tls?: RedisTls;
  readonly cluster?: ClusterMode;
  /** A Sentinel in place of a database. */
  readonly sentinel?: boolean;
  /** Runs in this network namespace; only root can. */
  readonly namespace?: string;
}

interface RedisRecipe extends LaunchRecipe {
  readonly busPort: number | undefined;
  readonly flavour: RedisFlavour;
  readonly target: RespTarget;
}

export class RedisServer implements AsyncDisposable {
  readonly #recipe: RedisRecipe;
  #child: Child;
  #prober: Promise<RespProber> | undefined;

  private constructor(recipe: RedisRecipe, child: Child) {
    this.#recipe = recipe;
    this.#child = child;
  }

  static async start(recipe: RedisRecipe): Promise<RedisServer> {
    return new RedisServer(recipe, await launch(recipe, []));
  }

  get name(): string {
    return this.#recipe.name;
  }
  get flavour(): RedisFlavour {
    return this.#recipe.flavour;
  }
  get address(): Address {
    return this.#recipe.target.address;
  }
  /** Of a cluster's node. */
  get busPort(): number | undefined {
    return this.#recipe.busPort;
  }
  /** What a connection to it needs; also for a `RespProber` of one's own. */
  get target(): RespTarget {
    return this.#recipe.target;
  }
  /** Its working folder: `redis.conf`, `redis.log`, and `nodes.conf` of a cluster's node. */
  get folder(): string {
    return this.#recipe.folder;
  }
  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.#child.pid;
  }
  get running(): boolean {
    return this.#child.exit === undefined;
  }
  /** What starts it, for an agent that is to start it again; it ends with whoever starts it. */
  get startCommand(): { readonly command: string; readonly args: readonly string[] } {
    return childCommand(this.#recipe);
  }

  /** SIGTERM: an orderly shutdown, in which it waits for lagging replicas (`shutdown-timeout`, 10 s). */
  async stop(): Promise<void> {
    await this.#leave();
    await this.#child.stop({ graceMs: SHUTDOWN_MS });
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }

  /** SIGSTOP: answers nothing, keeps its connections and its port. Really stopped when it returns. */
  pause(): Promise<void> {
    return this.#child.pause();
  }

  resume(): void {
    this.#child.resume();
  }

  /**
   * Stops it when it runs; the same folder, address and configuration file (as `CONFIG REWRITE` left it), and
   * `extraArgs` (`--appendonly`, `yes`) for this time. Its data is gone unless the configuration says otherwise.
   */
  async restart(extraArgs: readonly string[] = []): Promise<void> {
    await this.stop();
    this.#child = await launch(this.#recipe, extraArgs);
  }

  /** Throws `RespError` when the server refuses; one within an array is a value. Within 10 s. */
  command(...words: readonly (string | number)[]): Promise<RespReply> {
    return this.commandWithin(COMMAND_MS, ...words);
  }

  /** As `command`. What is not answered in time has perhaps been done. */
  async commandWithin(deadlineMs: number, ...words: readonly (string | number)[]): Promise<RespReply> {
    const prober = await this.#connected(deadlineMs);
    const reply = await prober.call(words.map(String), deadlineMs);
    if (reply instanceof RespError) throw reply;
    return reply;
  }

  /** The fields of INFO: of one section, or of all. */
  async info(section?: string): Promise<Readonly<Record<string, string>>> {
    const text = await this.command('INFO', ...(section === undefined ? [] : [section]));
    const lines = String(text).matchAll(/^([^#:\r\n]+):(.*?)\r?$/gm);
    return Object.fromEntries(Array.from(lines, ([, field = '', value = '']) => [field, value]));
  }

  /** One connection is kept; the next one is opened when it has ended. */
  async #connected(deadlineMs: number): Promise<RespProber> {
    const held = await this.#prober?.catch(() => undefined);
    if (held !== undefined && !held.closed) return held;
    this.#prober = RespProber.open(this.#recipe.target, deadlineMs);
    return this.#prober;
  }

  async #leave(): Promise<void> {
    const held = await this.#prober?.catch(() => undefined);
    held?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
    await this.kill();
  }
}

export async function startRedis(options: StartRedisOptions): Promise<RedisServer> {
  const flavour = options.flavour ?? systemRedis;
  if (flavour.unavailable !== undefined) throw new Error(flavour.unavailable);
  const { host, name, password, tls, cluster } = options;
  const folder = `${options.folder}/${name}`;
  const address = { host, port: options.port ?? (await freePort(host)) };
  const configFile = `${folder}/redis.conf`;
  const busPort = cluster === undefined ? undefined : (cluster.busPort ?? (await freePort(host)));
  const write = options.sentinel === true ? sentinelConfig : redisConfig;
  await mkdir(folder);
  await writeFile(
    configFile,
    write({
      address,
      folder,
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
      ...(cluster === undefined || busPort === undefined ? {} : { cluster: { ...cluster, busPort } }),
      lines: options.config ?? [],
    }),
  );
  return RedisServer.start({
    name,
    flavour,
    folder,
    busPort,
    errorLog: `${folder}/redis.log`,
    command: flavour.program,
    args: [configFile, ...(options.sentinel === true ? ['--sentinel'] : [])],
    target: {
      address,
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { ca: await readFile(tls.ca, 'utf8') }),
    },
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  });
}

function launch(recipe: RedisRecipe, extraArgs: readonly string[]): Promise<Child> {
  return launchServer(recipe, extraArgs, () => answers(recipe));
}

/** LOADING is not an answer yet. */
async function answers({ target }: RedisRecipe): Promise<boolean> {
  try {
    using prober = await RespProber.open(target, 2000);
    return (await prober.call(['PING'], 2000)) === 'PONG';
  } catch {
    return false;
  }
}
