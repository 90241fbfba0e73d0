/** What a load process knows of its writes. */
import type { MachineClock } from '../../../test/kit/machine-clock.ts';
import type { LoadRecord, LoadStats } from './load-protocol.ts';

/** A write that was sent and has no answer yet. */
export interface SentWrite {
  readonly key: string;
  readonly value: string;
  readonly shard: string;
  readonly server: string;
  readonly sentAt: number;
}

export interface WriteTarget {
  readonly shard: string;
  readonly server: string;
  readonly prefix: string;
}

export class LoadLedger {
  readonly records: LoadRecord[] = [];
  readonly #clock: Pick<MachineClock, 'nowUs'>;
  readonly #errors: Record<string, number> = {};
  readonly #lastAckedAt: Record<string, number> = {};
  #issued = 0;
  #refused = 0;
  #unknown = 0;

  constructor(clock: Pick<MachineClock, 'nowUs'>) {
    this.#clock = clock;
  }

  /** A key is given once, whatever becomes of its write: one that is overwritten could hide a loss. */
  next({ shard, server, prefix }: WriteTarget): SentWrite {
    const value = String(++this.#issued);
    return { key: `${prefix}${value}`, value, shard, server, sentAt: this.#clock.nowUs() };
  }

  acknowledge(write: SentWrite): void {
    const ackedAt = this.#clock.nowUs();
    this.records.push({ ...write, ackedAt });
    this.#lastAckedAt[write.server || write.shard] = ackedAt;
  }

  /** The server said no: an error of its own, whose first word is its code. */
  refuse(error: string): void {
    this.#refused++;
    this.#count(/^\S+/, error);
  }

  /** Nobody said anything. Of a client library's sentence, the first part is what it is about. */
  lose(why: string): void {
    this.#unknown++;
    this.#count(/^[^.:]+/, why);
  }

  #count(part: RegExp, text: string): void {
    const code = part.exec(text)?.[0] ?? 'unknown';
    this.#errors[code] = (this.#errors[code] ?? 0) + 1;
  }

  stats(): LoadStats {
    return {
      acknowledged: this.records.length,
      refused: this.#refused,
      unknown: this.#unknown,
      errors: this.#errors,
      lastAckedAt: this.#lastAckedAt,
    };
  }
}
