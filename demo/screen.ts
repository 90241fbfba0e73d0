/** Prints the demo: legible in 80 columns, coloured and live only on a terminal. */
import { oneLine, truncate } from '../src/cli/one-line.ts';
import { createPalette, type Palette } from '../src/cli/palette.ts';
import { durationText } from '../src/cli/time-text.ts';

const WIDTH = 79;
const LABEL_WIDTH = 12;
const TIME_WIDTH = 8;
const CLEAR_LINE = '\r\u001b[2K';

export class Screen {
  readonly isTTY = process.stdout.isTTY;
  readonly palette: Palette = createPalette(this.isTTY && !process.env.NO_COLOR);
  #live = false;

  print(text = ''): void {
    this.clearLive();
    process.stdout.write(`${text}\n`);
  }

  title(text: string): void {
    this.print(this.palette.strong(text));
  }

  act(text: string): void {
    const rule = '─'.repeat(Math.max(3, WIDTH - text.length - 4));
    this.print(`\n${this.palette.faint('──')} ${this.palette.strong(text)} ${this.palette.faint(rule)}`);
  }

  command(text: string): void {
    this.print(this.palette.faint(`$ ${text}`));
  }

  /** Says that something begins; when it is there, what it is and how long it took. */
  async step<T>(label: string, work: Promise<T>, tell: (made: T) => string): Promise<T> {
    const began = performance.now();
    this.live(this.palette.faint(`  … ${label}`));
    const made = await work.catch((thrown: unknown) => {
      this.print(`  ${this.palette.bad('✗')} ${label}`);
      throw thrown;
    });
    const text = oneLine(tell(made));
    const took = durationText(performance.now() - began).padStart(TIME_WIDTH);
    const room = WIDTH - TIME_WIDTH - LABEL_WIDTH - 5;
    const line = `${label.padEnd(LABEL_WIDTH)} ${text.padEnd(room)}`;
    this.print(`  ${this.palette.good('✓')} ${line}${this.palette.faint(took)}`);
    return made;
  }

  /** A command to try, and what it is good for. */
  hint(command: string, meaning: string): void {
    this.print(`  ${command.padEnd(50)} ${this.palette.faint(meaning)}`);
  }

  /** A figure, and beside it what it means. */
  figure(text: string, meaning: string, good: boolean): void {
    const paint = good ? this.palette.good : this.palette.bad;
    this.print(`  ${paint(text.padEnd(21))} ${this.palette.faint(meaning)}`);
  }

  /** Replaces the last line while it is live. Nothing where nobody watches. */
  live(text: string): void {
    if (!this.isTTY) return;
    process.stdout.write(CLEAR_LINE + text);
    this.#live = true;
  }

  clearLive(): void {
    if (!this.#live) return;
    process.stdout.write(CLEAR_LINE);
    this.#live = false;
  }

  /** What fits into one line of this terminal. */
  fitted(text: string): string {
    return truncate(text, (process.stdout.columns || 80) - 1);
  }
}
