/**
 * A client that writes all the time: through the route, or where it finds a server that takes writes. It keeps its
 * connection until that is ended or refuses a write, and sometimes leaves a transaction open for long.
 */
import type { Random } from './random.ts';
import type { ServerModel } from './server-model.ts';
import type { ServerSession } from './server-session.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface WriterParts {
  readonly name: string;
  readonly kind: 'client' | 'privileged';
  readonly clock: VirtualClock;
  readonly random: Random;
  /** Where it would connect now; undefined when it has to wait. */
  readonly findServer: (random: Random) => ServerModel | undefined;
  /** Milliseconds between two transactions. */
  readonly pace: () => readonly [number, number];
}

const retryMs: readonly [number, number] = [5, 40];
const longMs: readonly [number, number] = [300, 2500];

export class WriterModel {
  readonly #parts: WriterParts;
  #server: ServerModel | undefined;
  #session: ServerSession | undefined;
  #transactions = 0;
  #stopped = false;
  acknowledged = 0;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#soon(retryMs, () => this.#connect());
  }

  get server(): ServerModel | undefined {
    return this.#session === undefined ? undefined : this.#server;
  }

  stop(): void {
    this.#stopped = true;
    this.hangUp();
  }

  /** Its connection ends, as when the route ends it. */
  hangUp(): void {
    const session = this.#session;
    const server = this.#server;
    if (!session || !server) return;
    this.#forget();
    server.run(() => server.end(session, false));
    this.#soon(retryMs, () => this.#connect());
  }

  #forget(): void {
    this.#session = undefined;
    this.#server = undefined;
  }

  #soon(range: readonly [number, number], happen: () => void): void {
    const { clock, random } = this.#parts;
    clock.after(random.between(...range), () => {
      if (!this.#stopped) happen();
    });
  }

  #connect(): void {
    const server = this.#parts.findServer(this.#parts.random);
    if (server?.life !== 'up') {
      this.#soon(retryMs, () => this.#connect());
      return;
    }
    const { kind, name } = this.#parts;
    const session = server.open(kind, name, () => {
      if (this.#session !== session) return;
      this.#forget();
      this.#soon(retryMs, () => this.#connect());
    });
    this.#server = server;
    this.#session = session;
    this.#soon(this.#parts.pace(), () => this.#write(server, session));
  }

  /** Changes rows, thinks, commits. */
  #write(server: ServerModel, session: ServerSession): void {
    if (this.#session !== session) return;
    const { random, name } = this.#parts;
    this.#transactions += 1;
    const transaction = `${name}#${this.#transactions}`;
    const thinksMs: readonly [number, number] = random.chance(0.01) ? longMs : [0.1, 4];
    server.run(() => {
      server.wait(
        session,
        () => !server.freezeWaits(),
        () => {
          if (!server.lets(session.kind)) {
            this.hangUp();
            return;
          }
          session.busy = true;
          session.writing = transaction;
          server.later(random.between(0.05, 1.5), () => {
            if (session.ended) return;
            session.busy = false;
            server.recheck();
            this.#soon(thinksMs, () => this.#commit(server, session));
          });
        },
      );
    });
  }

  #commit(server: ServerModel, session: ServerSession): void {
    if (session.ended || this.#session !== session) return;
    server.run(() => {
      if (session.ended) return;
      server.commit(session, undefined, (result) => {
        if (result === 'committed') {
          this.acknowledged += 1;
          this.#soon(this.#parts.pace(), () => this.#write(server, session));
        } else this.hangUp();
      });
    });
  }
}
