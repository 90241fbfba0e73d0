/**
 * What a living primary took that the one elected without its help does not have. It goes on until it hears of it, then
 * it is a replica with its own history for a moment, in which it tells exactly how far that went (redis.md §1.5, §2.3).
 */
import type { Call, Clock } from '../../core/clock.ts';
import type { Lost } from '../../core/engine.ts';
import { type Info, infoNumber, parseInfo } from '../resp/info.ts';
import type { ClusterNodeLink } from './cluster-node.ts';
import { textOf } from './node-facts.ts';

export interface LossParts {
  readonly old: ClusterNodeLink;
  readonly candidate: ClusterNodeLink;
  readonly clock: Clock;
}

/** Of one that does not answer; else it is asked again at once: a small full copy takes it some milliseconds. */
const pauseMs = 5;
const pollMs = 200;
/** For the old primary to hear of it, once a majority has. */
const lastMs = 1_000;

/** Watches from now on, until `tell` is called, and then until it is known. */
export class LossMeasure {
  readonly #parts: LossParts;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  #history: string | undefined;
  /** Bytes; of its own history. */
  #last: number | undefined;
  #final = false;

  constructor(parts: LossParts, call: Call) {
    this.#parts = parts;
    this.#watching = this.#watch({ ...call, signal: AbortSignal.any([call.signal, this.#over.signal]) });
  }

  /** Undefined when nothing can be told. `partial`: it went on from where it was, so it had nothing of its own. */
  async tell(resync: 'partial' | 'full' | 'pending', call: Call): Promise<Lost | undefined> {
    await Promise.race([this.#watching, this.#parts.clock.sleep(lastMs, call.signal).catch(() => undefined)]);
    this.stop();
    if (resync === 'partial') return { bytes: 0, atLeast: false };
    const info = await read(this.#parts.candidate, { ...call, deadlineMs: pollMs }).catch(() => undefined);
    call.signal.throwIfAborted();
    // One more than the last byte that it had of its primary.
    const second = info && infoNumber(info, 'second_repl_offset');
    if (second === undefined || this.#last === undefined || info?.get('master_replid2') !== this.#history) {
      return undefined;
    }
    return { bytes: Math.max(0, this.#last - (second - 1)), atLeast: !this.#final };
  }

  stop(): void {
    this.#over.abort();
  }

  async #watch(call: Call): Promise<void> {
    while (!call.signal.aborted) {
      const info = await read(this.#parts.old, { ...call, deadlineMs: pollMs }).catch(() => undefined);
      const history = info?.get('master_replid');
      if (info !== undefined) {
        this.#history ??= history;
        if (history !== this.#history) return;
        this.#last = infoNumber(info, 'master_repl_offset');
        this.#final = info.get('role') === 'slave';
        if (this.#final) return;
      } else await this.#parts.clock.sleep(pauseMs, call.signal).catch(() => undefined);
    }
  }
}

async function read(node: ClusterNodeLink, call: Call): Promise<Info> {
  return parseInfo(textOf(await node.call(['INFO', 'replication'], call)));
}
