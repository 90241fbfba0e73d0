/** A load process, seen from the bench that owns it. */
import { fileURLToPath } from 'node:url';
import type { Address } from '../../../src/core/identity.ts';
import { Child } from '../../../test/kit/child.ts';
import { within } from '../../../test/kit/deadline.ts';
import { clock } from '../../../test/kit/machine-clock.ts';
import type {
  ClientSettings,
  LoadCommand,
  LoadRecord,
  LoadReply,
  LoadSettings,
  LoadStats,
  ProbeSettings,
} from './load-protocol.ts';

export interface LoadReport {
  readonly records: readonly LoadRecord[];
  readonly stats: LoadStats;
}

const ANSWER_MS = 10_000;
const STOP_MS = 30_000;
const EXIT_MS = 5000;

type Reply<Kind extends LoadReply['reply']> = Extract<LoadReply, { readonly reply: Kind }>;

export class LoadProcess implements AsyncDisposable {
  readonly #child: Child;
  readonly #records: LoadRecord[] = [];
  readonly #replies: LoadReply[] = [];
  #heard: () => void = () => undefined;

  private constructor(child: Child) {
    this.#child = child;
    child.process.on('message', (message) => this.#hear(message as LoadReply));
  }

  /** It writes from now on. `folder` gets its log. */
  static async start(folder: string, role: ProbeSettings | ClientSettings): Promise<LoadProcess> {
    const settings: LoadSettings<typeof role> = { role, clockOffsetUs: clock.offsetUs };
    const program = fileURLToPath(new URL(`${role.kind}-process.ts`, import.meta.url));
    const child = await Child.start({
      name: role.kind,
      command: process.execPath,
      args: [program, JSON.stringify(settings)],
      logFile: `${folder}/${role.kind}.log`,
      ipc: true,
    });
    const load = new LoadProcess(child);
    try {
      await load.#expect('ready', ANSWER_MS);
      return load;
    } catch (thrown) {
      await load[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async stats(): Promise<LoadStats> {
    return (await this.#ask({ command: 'stats' }, 'stats', ANSWER_MS)).stats;
  }

  async follow(address: Address): Promise<void> {
    await this.#ask({ command: 'follow', address }, 'following', ANSWER_MS);
  }

  /** Ends it when its last writes have their answer or are given up. */
  async stop(): Promise<LoadReport> {
    const { stats } = await this.#ask({ command: 'stop' }, 'stopped', STOP_MS);
    this.#child.process.disconnect();
    await this.#child.awaitExit(EXIT_MS);
    return { records: this.#records, stats };
  }

  /** One question at a time: that is all the bench needs. */
  async #ask<Kind extends LoadReply['reply']>(
    command: LoadCommand,
    kind: Kind,
    deadlineMs: number,
  ): Promise<Reply<Kind>> {
    // A message that cannot be sent shows as the child's end or as the missing answer.
    this.#child.process.send(command, () => undefined);
    return this.#expect(kind, deadlineMs);
  }

  async #expect<Kind extends LoadReply['reply']>(kind: Kind, deadlineMs: number): Promise<Reply<Kind>> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply<Kind>>();
    this.#heard = (): void => {
      const found = this.#replies.find((reply): reply is Reply<Kind> => reply.reply === kind);
      if (found === undefined) return;
      this.#replies.splice(this.#replies.indexOf(found), 1);
      resolve(found);
    };
    this.#heard();
    void this.#child.exited.then(() => reject(new Error(`the ${this.#child.name} has ended`)));
    try {
      return await within(`the ${this.#child.name}'s ${kind}`, deadlineMs, promise);
    } catch (thrown) {
      throw new Error(`${String(thrown)}\n${await this.#child.logTail()}`, { cause: thrown });
    }
  }

  #hear(message: LoadReply): void {
    if (message.reply === 'records') this.#records.push(...message.records);
    else this.#replies.push(message);
    this.#heard();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}
