/** A connection to one server that is open whenever it can be, so that nobody waits for a handshake. */
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './deadline.ts';
import { SqlClient, type SqlTarget } from './sql.ts';

const OPEN_MS = 1000;
const AGAIN_MS = 25;

export class HeldConnection {
  readonly #target: SqlTarget;
  #client: SqlClient | undefined;
  #opened = Promise.withResolvers<SqlClient>();
  #closed = false;

  constructor(target: SqlTarget) {
    this.#target = target;
    void this.#hold();
  }

  /** The open connection; waits for it for as long as it is told to. */
  async get(deadlineMs: number): Promise<SqlClient> {
    if (this.#client !== undefined && !this.#client.closed) return this.#client;
    return within('connection', deadlineMs, this.#opened.promise);
  }

  async #hold(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#client = await SqlClient.open(this.#target, OPEN_MS);
        this.#opened.resolve(this.#client);
        await this.#client.ended;
        this.#opened = Promise.withResolvers();
      } catch {
        await sleep(AGAIN_MS);
      }
    }
    this.#client?.close();
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }
}
