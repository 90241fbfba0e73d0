/**
 * One connection that writes to one server, in the bare protocol: no library that queues, waits or redirects. What it
 * sees is what the server does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RespProber } from '../../../test/kit/redis/resp-prober.ts';
import { RespError } from '../../../test/kit/redis/resp-reply.ts';
import type { LoadLedger } from './load-ledger.ts';
import type { ProbeLane } from './load-protocol.ts';

/** Soon enough not to lengthen a pause, and no storm against a port that refuses. */
const AGAIN_MS = 2;
const OPEN_MS = 1000;
/** Longer than any run: what a hung server says when it wakes is what is to be known. */
const ANSWER_MS = 600_000;

export class ProbeConnection {
  readonly #lane: ProbeLane;
  readonly #ledger: LoadLedger;
  readonly #stopping: AbortSignal;
  #prober: RespProber | undefined;

  constructor(lane: ProbeLane, ledger: LoadLedger, stopping: AbortSignal) {
    this.#lane = lane;
    this.#ledger = ledger;
    this.#stopping = stopping;
    stopping.addEventListener('abort', () => this.#prober?.close(), { once: true });
  }

  /** Sends one write and resolves when it has its answer or its connection has ended. Never rejects. */
  async write(): Promise<void> {
    const prober = await this.#connected();
    if (prober === undefined || this.#stopping.aborted) return prober?.close();
    const sent = this.#ledger.next(this.#lane);
    try {
      const reply = await prober.call(['SET', sent.key, sent.value], ANSWER_MS);
      if (reply instanceof RespError) this.#ledger.refuse(reply.message);
      else this.#ledger.acknowledge(sent);
    } catch {
      this.#ledger.lose(this.#stopping.aborted ? 'stopped' : 'closed');
    }
  }

  /** Undefined, after a moment, when nobody listens. */
  async #connected(): Promise<RespProber | undefined> {
    if (this.#prober?.closed === false) return this.#prober;
    this.#prober = await RespProber.open(this.#lane, OPEN_MS).catch(() => undefined);
    if (this.#prober === undefined) {
      await sleep(AGAIN_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
    }
    return this.#prober;
  }
}
