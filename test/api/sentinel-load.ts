/** Writers through one client, each one key after the other; what was acknowledged and what failed is kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../kit/deadline.ts';
import type { SentinelAware } from './sentinel-clients.ts';

const WRITERS = 8;
const PAUSE_MS = 2;
const LAST_MS = 30_000;

export class Load {
  readonly acknowledged: string[] = [];
  /** What the library showed to the program. */
  readonly errors: string[] = [];
  readonly #client: SentinelAware;
  readonly #writers: readonly Promise<void>[];
  readonly #end = new AbortController();

  constructor(client: SentinelAware) {
    this.#client = client;
    this.#writers = Array.from({ length: WRITERS }, (_, writer) => this.#write(writer));
  }

  /** Every command that was begun has ended. */
  async stop(): Promise<void> {
    this.#end.abort();
    await within('the last writes to end', LAST_MS, Promise.all(this.#writers));
  }

  async #write(writer: number): Promise<void> {
    for (let n = 0; !this.#end.signal.aborted; n++) {
      const key = `w${writer}:${n}`;
      try {
        await this.#client.set(key, String(n));
        this.acknowledged.push(key);
      } catch (thrown) {
        this.errors.push(String(thrown));
      }
      await sleep(PAUSE_MS);
    }
  }
}
