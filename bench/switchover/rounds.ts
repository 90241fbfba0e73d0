/** Hand-over after hand-over, each to the next server in turn, and what the writer saw of each. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../test/kit/cluster.ts';
import type { DatabaseServer } from '../../test/kit/database-server.ts';
import { switchesOf } from '../../test/kit/switches.ts';
import type { Writer } from '../../test/kit/writer.ts';
import type { WriteRecord } from '../../test/kit/writer-protocol.ts';
import type { PhaseTimes } from '../phase-times.ts';

export interface Round {
  readonly from: string;
  readonly to: string;
  /** Last acknowledged on the old to first acknowledged on the new, in milliseconds; undefined: nothing changed hands. */
  readonly pauseMs?: number;
  readonly phases: PhaseTimes;
  /** What was not as it should be, in words. */
  readonly remark?: string;
}

export interface HandedOver {
  readonly phases: PhaseTimes;
  /** Why it did not come about. */
  readonly failure?: string;
}

export type HandOver = (from: DatabaseServer, to: DatabaseServer) => Promise<HandedOver>;

/** Between two hand-overs: the replicas settle, and the pause is over for certain. */
const BETWEEN_MS = 1000;

export class Rounds {
  readonly #cluster: Cluster;
  readonly #writer: Writer;
  readonly #signal: AbortSignal;
  #primary: DatabaseServer;
  /** The last write of the last round, where the next one's pause may begin. */
  #last: WriteRecord | undefined;
  #read = 0;

  constructor(cluster: Cluster, writer: Writer, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#writer = writer;
    this.#signal = signal;
    this.#primary = cluster.primary;
  }

  /** The server that takes the writes. */
  get primary(): DatabaseServer {
    return this.#primary;
  }

  async *run(count: number, handOver: HandOver): AsyncGenerator<Round, void> {
    for (let done = 0; done < count; done++) {
      await sleep(BETWEEN_MS, undefined, { signal: this.#signal });
      await this.#newWrites();
      const [from, to] = [this.#primary, this.#next()];
      const { phases, failure } = await handOver(from, to);
      await sleep(BETWEEN_MS / 2, undefined, { signal: this.#signal });
      const seen = pauseIn(await this.#newWrites(), to.name);
      if (failure === undefined) this.#primary = to;
      const remark = failure ?? seen.remark;
      const pause = failure === undefined && seen.ms !== undefined ? { pauseMs: seen.ms } : {};
      yield { from: from.name, to: to.name, ...pause, phases, ...(remark === undefined ? {} : { remark }) };
    }
  }

  #next(): DatabaseServer {
    const { servers } = this.#cluster;
    const next = servers[(servers.indexOf(this.#primary) + 1) % servers.length];
    if (next === undefined) throw new Error('a cluster has a server');
    return next;
  }

  /** Those since the last look, and the one before them. */
  async #newWrites(): Promise<readonly WriteRecord[]> {
    const fresh = await this.#writer.since(this.#read);
    this.#read += fresh.length;
    const all = this.#last === undefined ? fresh : [this.#last, ...fresh];
    this.#last = fresh.at(-1) ?? this.#last;
    return all;
  }
}

function pauseIn(records: readonly WriteRecord[], to: string): { ms?: number; remark?: string } {
  const switches = switchesOf(records);
  const [first, last] = [switches[0], switches.at(-1)];
  if (first === undefined || last === undefined) return { remark: 'the writer saw no change' };
  const ms = (last.firstAckOnNew - first.lastAckOnOld) / 1000;
  if (switches.length === 1 && last.to === to) return { ms };
  return { ms, remark: `writes went ${[first.from, ...switches.map((each) => each.to)].join(' → ')}` };
}
