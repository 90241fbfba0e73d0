/**
 * Which server takes writes. Asked by all lanes, answered by one search: connections to every server are held
 * open, and each server is asked by itself so that one that hangs does not hold up the others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HeldConnection } from './held-connection.ts';
import type { WriterSettings, WriterTarget } from './writer-protocol.ts';

const ANSWER_MS = 250;
/** Adds half of it to a pause, on the average; asking without a rest would take the CPU from those that are to end it. */
const BETWEEN_ROUNDS_MS = 4;

export class PrimaryFinder {
  readonly #probes: readonly { readonly target: WriterTarget; readonly connection: HeldConnection }[];
  #current: WriterTarget | undefined;
  #search: Promise<WriterTarget> | undefined;
  #closed = false;

  constructor(settings: WriterSettings) {
    this.#probes = settings.servers.map((target) => ({
      target,
      connection: new HeldConnection({
        engine: settings.engine,
        account: settings.account,
        address: target.address,
      }),
    }));
  }

  /** The server to write to. `failed` is the one that would not take a write: unless it was left already, all are asked. */
  async find(failed?: WriterTarget): Promise<WriterTarget> {
    if (this.#current !== undefined && this.#current !== failed) return this.#current;
    this.#search ??= this.#searchAll();
    return this.#search;
  }

  async #searchAll(): Promise<WriterTarget> {
    const found = Promise.withResolvers<WriterTarget>();
    const over = new AbortController();
    for (const probe of this.#probes) {
      void this.#askUntilWritable(probe.connection, over.signal).then((writable) => {
        if (writable) found.resolve(probe.target);
      });
    }
    this.#current = await found.promise;
    over.abort();
    this.#search = undefined;
    return this.#current;
  }

  async #askUntilWritable(connection: HeldConnection, over: AbortSignal): Promise<boolean> {
    while (!over.aborted && !this.#closed) {
      try {
        const client = await connection.get(ANSWER_MS);
        const [row] = await client.query('select @@global.read_only as read_only', ANSWER_MS);
        if (row?.read_only === '0') return !over.aborted;
      } catch {
        // Not reachable now; the connection is opened again by itself.
      }
      await sleep(BETWEEN_ROUNDS_MS);
    }
    return false;
  }

  close(): void {
    this.#closed = true;
    for (const { connection } of this.#probes) connection.close();
  }
}
