/** What the writer knows of its writes: kept in memory, told on request. */

import type { MachineClock } from './machine-clock.ts';
import { serverErrorNumber } from './sql.ts';
import type { WriteRecord, WriterMark, WriterStats } from './writer-protocol.ts';

export class Ledger {
  readonly records: WriteRecord[] = [];
  readonly marks: WriterMark[] = [];
  readonly #clock: MachineClock;
  readonly #runId: string;
  readonly #errors: Record<string, number> = {};
  #issued = 0;
  #refused = 0;
  #unknown = 0;

  constructor(runId: string, clock: MachineClock) {
    this.#runId = runId;
    this.#clock = clock;
  }

  /** An id is given once, whatever becomes of its write. */
  nextId(): string {
    this.#issued++;
    return `${this.#runId}-${this.#issued}`;
  }

  nowUs(): number {
    return this.#clock.nowUs();
  }

  acknowledge(id: string, server: string, sentAt: number): void {
    this.records.push({ id, server, sentAt, ackedAt: this.#clock.nowUs() });
  }

  /** Only a server's own error says for certain that nothing was written. */
  fail(thrown: unknown): void {
    const number = serverErrorNumber(thrown);
    if (number > 0 && !ENDED_BY_SERVER.has(number)) this.#refused++;
    else this.#unknown++;
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no-answer';
    const key = number > 0 ? String(number) : code;
    this.#errors[key] = (this.#errors[key] ?? 0) + 1;
  }

  mark(label: string): WriterMark {
    const mark = { label, at: this.#clock.nowUs(), acknowledged: this.records.length };
    this.marks.push(mark);
    return mark;
  }

  stats(): WriterStats {
    const last = this.records.at(-1);
    return {
      acknowledged: this.records.length,
      refused: this.#refused,
      unknown: this.#unknown,
      errors: this.#errors,
      server: last?.server,
      lastAckedAt: last?.ackedAt,
    };
  }
}

/** Shutdown (1053), query interrupted (1317), connection killed (1927): the commit may have happened before. */
const ENDED_BY_SERVER = new Set([1053, 1317, 1927]);
