/** The load client, seen from the test that owns it. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Address } from '../../src/core/identity.ts';
import { app } from './accounts.ts';
import { Child } from './child.ts';
import type { DatabaseServer } from './database-server.ts';
import { within } from './deadline.ts';
import { clock } from './machine-clock.ts';
import type { SqlAccount } from './sql.ts';
import { longestPause, type Pause, type SwitchEvent, switchesOf } from './switches.ts';
import type {
  WriteRecord,
  WriterCommand,
  WriterMark,
  WriterReply,
  WriterSettings,
  WriterStats,
} from './writer-protocol.ts';

export interface WriterOptions {
  /** Gets the writer's log. */
  readonly folder: string;
  readonly servers: readonly DatabaseServer[];
  /** Write through this address; otherwise the writer follows the primary among `servers` by itself. */
  readonly proxy?: Address;
  /** Writes a second. */
  readonly rate: number;
  readonly connections?: number;
  readonly account?: SqlAccount;
  readonly statementMs?: number;
}

export interface WriterReport {
  readonly runId: string;
  readonly records: readonly WriteRecord[];
  /** Ids of the acknowledged writes. */
  readonly ids: readonly string[];
  readonly switches: readonly SwitchEvent[];
  readonly longestPause: Pause | undefined;
  readonly marks: readonly WriterMark[];
  readonly stats: WriterStats;
  /** Refused writes and writes of unknown outcome. */
  readonly clientErrors: number;
}

const PROGRAM = fileURLToPath(new URL('writer-process.ts', import.meta.url));
const ANSWER_MS = 5000;
const STOP_MS = 30_000;

type Reply<Kind extends WriterReply['reply']> = Extract<WriterReply, { readonly reply: Kind }>;

export class Writer implements AsyncDisposable {
  readonly runId: string;
  readonly connections: number;
  readonly #child: Child;
  readonly #records: WriteRecord[] = [];
  readonly #waiting: {
    readonly kind: WriterReply['reply'];
    readonly resolve: (reply: WriterReply) => void;
  }[] = [];

  private constructor({ runId, connections }: WriterSettings, child: Child) {
    this.runId = runId;
    this.connections = connections;
    this.#child = child;
    child.process.on('message', (message) => this.#hear(message as WriterReply));
  }

  static async start(options: WriterOptions): Promise<Writer> {
    const runId = randomBytes(4).toString('hex');
    const settings: WriterSettings = {
      runId,
      engine: options.servers[0]?.engine ?? 'mariadb',
      servers: options.servers.map(({ name, address, serverId }) => ({ name, address, serverId })),
      ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
      account: options.account ?? app,
      rate: options.rate,
      connections: options.connections ?? 4,
      statementMs: options.statementMs ?? 2000,
      clockOffsetUs: clock.offsetUs,
    };
    const child = await Child.start({
      name: `writer ${runId}`,
      command: process.execPath,
      args: [PROGRAM, JSON.stringify(settings)],
      logFile: `${options.folder}/writer-${runId}.log`,
      ipc: true,
    });
    const writer = new Writer(settings, child);
    try {
      await writer.#expect('ready', ANSWER_MS * 2);
      return writer;
    } catch (thrown) {
      await writer[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Names this moment in the report. */
  async mark(label: string): Promise<WriterMark> {
    return (await this.#ask({ command: 'mark', label }, 'mark', ANSWER_MS)).mark;
  }

  async stats(): Promise<WriterStats> {
    return (await this.#ask({ command: 'stats' }, 'stats', ANSWER_MS)).stats;
  }

  /** The acknowledged writes after the first `from`, in the order of their acknowledgements; it goes on writing. */
  async since(from: number): Promise<readonly WriteRecord[]> {
    return (await this.#ask({ command: 'since', from }, 'since', ANSWER_MS)).records;
  }

  /** Ends the writer when its last writes have their answer. */
  async stop(): Promise<WriterReport> {
    const { stats, marks } = await this.#ask({ command: 'stop' }, 'stopped', STOP_MS);
    this.#child.process.disconnect();
    await this.#child.awaitExit(ANSWER_MS);
    return {
      runId: this.runId,
      records: this.#records,
      ids: this.#records.map((record) => record.id),
      switches: switchesOf(this.#records),
      longestPause: longestPause(this.#records),
      marks,
      stats,
      clientErrors: stats.refused + stats.unknown,
    };
  }

  /** Answers come in the order of the questions. */
  async #ask<Kind extends WriterReply['reply']>(
    command: WriterCommand,
    kind: Kind,
    deadlineMs: number,
  ): Promise<Reply<Kind>> {
    // A message that cannot be sent shows as the child's end or as the missing answer.
    this.#child.process.send(command, () => undefined);
    return this.#expect(kind, deadlineMs);
  }

  async #expect<Kind extends WriterReply['reply']>(kind: Kind, deadlineMs: number): Promise<Reply<Kind>> {
    const { promise, resolve, reject } = Promise.withResolvers<WriterReply>();
    this.#waiting.push({ kind, resolve });
    void this.#child.exited.then(() => reject(new Error('the writer has ended')));
    try {
      return (await within(`the writer's ${kind}`, deadlineMs, promise)) as Reply<Kind>;
    } catch (thrown) {
      throw new Error(`${String(thrown)}\n${await this.#child.logTail()}`, { cause: thrown });
    }
  }

  #hear(message: WriterReply): void {
    if (message.reply === 'records') {
      this.#records.push(...message.records);
      return;
    }
    const index = this.#waiting.findIndex(({ kind }) => kind === message.reply);
    const [asked] = index < 0 ? [] : this.#waiting.splice(index, 1);
    asked?.resolve(message);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

export function startWriter(options: WriterOptions): Promise<Writer> {
  return Writer.start(options);
}
