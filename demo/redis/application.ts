/** The application, seen from the demo that started it. */
import { fileURLToPath } from 'node:url';
import type { Address } from '../../src/core/identity.ts';
import { Child } from '../../test/kit/child.ts';
import { until, within } from '../../test/kit/deadline.ts';
import { clock } from '../../test/kit/machine-clock.ts';
import type { ApplicationCommand, ApplicationReply, ApplicationSettings } from './application-protocol.ts';

export interface ApplicationOptions {
  /** Gets its log. */
  readonly folder: string;
  readonly nodes: readonly Address[];
  /** Writes a second. */
  readonly rate: number;
}

const PROGRAM = fileURLToPath(new URL('application-process.ts', import.meta.url));
const ANSWER_MS = 10_000;
/** It is at work when so many have been acknowledged. */
const FIRST_WRITES = 100;
const FIRST_WRITES_MS = 15_000;

export class Application implements AsyncDisposable {
  readonly #child: Child;
  readonly #waiting: ((reply: ApplicationReply) => void)[] = [];

  private constructor(child: Child) {
    this.#child = child;
    child.process.on('message', (message) => this.#waiting.shift()?.(message as ApplicationReply));
  }

  /** Returns when it is at work. */
  static async start({ folder, nodes, rate }: ApplicationOptions): Promise<Application> {
    const settings: ApplicationSettings = { nodes, rate, clockOffsetUs: clock.offsetUs };
    const child = await Child.start({
      name: 'application',
      command: process.execPath,
      args: [PROGRAM, JSON.stringify(settings)],
      logFile: `${folder}/application.log`,
      ipc: true,
    });
    const application = new Application(child);
    try {
      await until('the first writes', { deadlineMs: FIRST_WRITES_MS, everyMs: 50 }, async () => {
        const { stats } = await application.since(0);
        return stats.acknowledged >= FIRST_WRITES;
      });
      return application;
    } catch (thrown) {
      await application[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** The acknowledged writes after the first `from`, in the order of their acknowledgements; it goes on writing. */
  since(from: number): Promise<ApplicationReply> {
    return this.#ask({ command: 'since', from });
  }

  /** It writes no more, and can still be asked. */
  async stop(): Promise<void> {
    await this.#ask({ command: 'stop' });
  }

  async #ask(command: ApplicationCommand): Promise<ApplicationReply> {
    const { promise, resolve, reject } = Promise.withResolvers<ApplicationReply>();
    this.#waiting.push(resolve);
    // A message that cannot be sent shows as the child's end or as the missing answer.
    this.#child.process.send(command, () => undefined);
    void this.#child.exited.then(() => reject(new Error('the application has ended')));
    try {
      return await within("the application's answer", ANSWER_MS, promise);
    } catch (thrown) {
      throw new Error(`${String(thrown)}\n${await this.#child.logTail()}`, { cause: thrown });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}
