/** The command line, as a person would use it: shown, then run, in this process to be at once. */
import { runCli } from '../src/cli/program.ts';
import type { ControllerProcess } from '../test/kit/controller-process.ts';
import type { Screen } from './screen.ts';

type Controller = Pick<ControllerProcess, 'url' | 'tokenFile'>;

export class Dauphin {
  readonly #controller: Controller;
  readonly #screen: Screen;
  readonly #signal: AbortSignal;

  constructor(controller: Controller, screen: Screen, signal: AbortSignal) {
    this.#controller = controller;
    this.#screen = screen;
    this.#signal = signal;
  }

  /** Throws when it does not end well; it has said why by then. */
  async run(...argv: readonly string[]): Promise<void> {
    const command = `dauphin ${argv.join(' ')}`;
    this.#screen.command(command);
    const code = await runCli(argv, {
      stdout: process.stdout,
      stderr: process.stderr,
      env: {
        ...process.env,
        DAUPHIN_URL: this.#controller.url,
        DAUPHIN_TOKEN_FILE: this.#controller.tokenFile,
      },
      isTTY: this.#screen.isTTY,
      columns: process.stdout.columns,
      signal: this.#signal,
    });
    this.#signal.throwIfAborted();
    if (code !== 0) throw new Error(`${command} ended with exit code ${code}`);
  }
}
