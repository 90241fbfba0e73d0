/** What the application sees of the cluster, from the writes it was acknowledged. Reads each of them once. */
import { longestPause, type SwitchEvent, switchesOf } from '../test/kit/switches.ts';
import type { Writer } from '../test/kit/writer.ts';
import type { WriteRecord } from '../test/kit/writer-protocol.ts';

/** Shorter ones are the disk's. */
const NOTEWORTHY_MS = 100;

export interface SeenPause {
  readonly ms: number;
  readonly from: string;
  /** The same as `from` when the same server went on. */
  readonly to: string;
}

export class WritesView {
  readonly #writer: Writer;
  #read = 0;
  #last: WriteRecord | undefined;
  #pause: SeenPause | undefined;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** The server that took the last write. */
  get server(): string | undefined {
    return this.#last?.server;
  }

  get lastPause(): SeenPause | undefined {
    return this.#pause;
  }

  /** Epoch microseconds of the machine clock. */
  get lastAckedAt(): number | undefined {
    return this.#last?.ackedAt;
  }

  /** Takes in what was written since the last call; gives how much that was. */
  async refresh(): Promise<number> {
    const fresh = await this.#writer.since(this.#read);
    const records = this.#last === undefined ? fresh : [this.#last, ...fresh];
    this.#read += fresh.length;
    this.#last = fresh.at(-1) ?? this.#last;
    this.#pause = pauseIn(records) ?? this.#pause;
    return fresh.length;
  }
}

function pauseIn(records: readonly WriteRecord[]): SeenPause | undefined {
  const switched: SwitchEvent | undefined = switchesOf(records).at(-1);
  if (switched !== undefined) return { ms: switched.pauseMs, from: switched.from, to: switched.to };
  const longest = longestPause(records);
  const server = records.at(-1)?.server;
  if (longest === undefined || server === undefined || longest.ms < NOTEWORTHY_MS) return undefined;
  return { ms: longest.ms, from: server, to: server };
}
