/**
 * Asks the agents on a cluster's hosts how they are, once a second each and by themselves, so that one that hangs
 * delays nobody. Keeps the last look at each; what it means is the diagnosis's.
 */
import { asFault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { HostAgent, HostState } from '../../core/host.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import type { HostLook } from '../../core/topology.ts';

const everyMs = 1000;
const deadlineMs = 900;
/** An agent that missed fewer questions in a row than this may only be slow. */
const silentAfter = 3;

export interface HostWatchParts {
  readonly clock: Clock;
  agentAt(address: Address): HostAgent;
}

interface Watched {
  readonly agent: HostAgent;
  readonly loop: Promise<void>;
  look: HostLook | undefined;
  missed: number;
}

export class HostWatch {
  readonly #parts: HostWatchParts;
  readonly #watched = new Map<string, Watched>();
  readonly #stop = new AbortController();

  constructor(parts: HostWatchParts) {
    this.#parts = parts;
  }

  /** From now on these as well. */
  watch(addresses: readonly Address[]): void {
    for (const address of addresses) {
      const key = formatAddress(address);
      if (this.#watched.has(key) || this.#stop.signal.aborted) continue;
      const agent = this.#parts.agentAt(address);
      const { promise: loop, resolve } = Promise.withResolvers<void>();
      const watched: Watched = { agent, loop, look: undefined, missed: 0 };
      this.#watched.set(key, watched);
      void this.#keepLooking(watched).then(resolve, resolve);
    }
  }

  /** Undefined until it was asked. */
  look(address: Address): HostLook | undefined {
    return this.#watched.get(formatAddress(address))?.look;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#watched.values()].map(({ loop }) => loop));
  }

  async #keepLooking(watched: Watched): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const began = clock.monotonic();
      await this.#lookAt(watched);
      const restMs = Math.max(everyMs - (clock.monotonic() - began), 10);
      await clock.sleep(restMs, signal).catch(() => undefined);
    }
  }

  async #lookAt(watched: Watched): Promise<void> {
    const { clock } = this.#parts;
    const call = { signal: this.#stop.signal, deadlineMs };
    try {
      const state = await withDeadline(clock, call, 'a look at the host', (signal) =>
        watched.agent.state({ ...call, signal }),
      );
      watched.missed = 0;
      watched.look = seen(state, clock.now(), watched.look);
    } catch (thrown) {
      if (call.signal.aborted) return;
      watched.missed += 1;
      if (watched.missed < silentAfter) return;
      watched.look = { at: clock.now(), failure: asFault(thrown).message };
    }
  }
}

function seen(state: HostState, at: number, before: HostLook | undefined): HostLook {
  return state.disk === 'stuck' ? { at, state, stuckSince: before?.stuckSince ?? at } : { at, state };
}
