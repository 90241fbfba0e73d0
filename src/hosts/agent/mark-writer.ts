/** Writes marks one after the other. A disk that hangs keeps one thread waiting, and of what comes later only the last counts. */
import { type Mark, type MarkFiles, writeMark } from './fence-mark.ts';

export class MarkWriter {
  readonly #files: MarkFiles;
  #latest: Mark;
  /** What was asked for last is on the disk. */
  #written = true;
  /** Has not begun yet. */
  #next: Promise<void> | undefined;
  /** Never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  /** `mark`: as it was read. */
  constructor(files: MarkFiles, mark: Mark) {
    this.#files = files;
    this.#latest = mark;
  }

  get written(): boolean {
    return this.#written;
  }

  /** Begins at once and goes on when nobody waits for it any more. Returns when this mark, or a later one, is on the disk. */
  write(mark: Mark): Promise<void> {
    this.#latest = mark;
    this.#written = false;
    this.#next ??= this.#after(this.#last);
    return this.#next;
  }

  #after(before: Promise<unknown>): Promise<void> {
    const write = before.then(async () => {
      this.#next = undefined;
      const mark = this.#latest;
      await writeMark(this.#files, mark);
      if (this.#latest === mark) this.#written = true;
    });
    this.#last = write.catch(() => undefined);
    return write;
  }
}
