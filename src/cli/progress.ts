/** The progress of a running operation: a line for each step that has ended and, on a terminal, one that is live. */
import type { JournalEvent } from '../core/operation.ts';
import type { Plan } from '../core/plan.ts';
import type { CliIo } from './cli-io.ts';
import { journalLine, type NamedStep, progressText, stepNames } from './journal-line.ts';
import { truncate } from './one-line.ts';
import type { Palette } from './palette.ts';

const clearLine = '\r\u001b[2K';

export class Progress {
  readonly #io: CliIo;
  readonly #palette: Palette;
  readonly #nameOf: (id: string) => NamedStep;
  /** With how far each has come. */
  readonly #running = new Map<string, string>();
  #live = false;

  constructor(io: CliIo, plan: Plan | undefined, palette: Palette) {
    this.#io = io;
    this.#palette = palette;
    this.#nameOf = stepNames(plan);
  }

  show(event: JournalEvent): void {
    this.#track(event);
    const text = journalLine(event, this.#nameOf, { palette: this.#palette, positions: false });
    this.#clear();
    if (text !== undefined) this.#io.stdout.write(`${text}\n`);
    this.#drawLive();
  }

  /** Leaves the cursor at the start of an empty line, for others to write; the next event draws anew. */
  pause(): void {
    this.#clear();
  }

  #track(event: JournalEvent): void {
    if (event.event === 'step-started' || event.event === 'undo-started') this.#running.set(event.step, '');
    else if (event.event === 'step-progress') this.#running.set(event.step, progressText(event));
    else if ('step' in event) this.#running.delete(event.step);
    else this.#running.clear();
  }

  #clear(): void {
    if (!this.#live) return;
    this.#io.stdout.write(clearLine);
    this.#live = false;
  }

  #drawLive(): void {
    if (!this.#io.isTTY || this.#running.size === 0) return;
    const running = [...this.#running];
    const text = running
      .map(([id, far]) => [running.length === 1 ? this.#nameOf(id).label : this.#nameOf(id).title, far])
      .map(([name = '', far]) => (far === '' ? name : `${name.trimEnd()} (${far})`))
      .join(', ');
    // One column is left free: some terminals break the line when the last one is written.
    const fitting = truncate(`… ${text.trimEnd()}`, (this.#io.columns ?? 80) - 1);
    this.#io.stdout.write(this.#palette.faint(fitting));
    this.#live = true;
  }
}
