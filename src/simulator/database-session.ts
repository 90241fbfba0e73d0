/**
 * A controller's connection to a model server, behaving as the real one (engines/sql/session.ts) does: bounded by
 * the call, of no further use once an answer was not waited for, and at an end as soon as the other side ends it.
 */
import { Fault } from '../contract/errors.ts';
import type { Call } from '../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../core/deadline.ts';
import { type Address, formatAddress } from '../core/identity.ts';
import type { Lane } from './network-model.ts';
import type { ProcessModel } from './process-model.ts';
import type { ServerModel } from './server-model.ts';
import type { ServerSession } from './server-session.ts';
import { execute } from './server-statements.ts';
import type { ModelRow, Neighbourhood, Reply } from './statement.ts';

export interface Connecting {
  readonly address: Address;
  readonly process: ProcessModel;
  readonly near: Neighbourhood;
  /** The host that the controller runs on. */
  readonly host: string;
  readonly witness: StatementWitness;
}

export interface StatementWitness {
  /** Right before a statement leaves the controller. */
  sent(process: ProcessModel, server: string, sql: string): void;
  /** It was carried out; true: the connection breaks before the answer is sent. */
  executed(process: ProcessModel, server: string, sql: string, reply: Reply): boolean;
}

export class DatabaseSession {
  readonly address: Address;
  readonly #to: Connecting;
  readonly #server: ServerModel | undefined;
  readonly #there: Lane;
  readonly #back: Lane;
  readonly #lost = new Set<(thrown: unknown) => void>();
  #session: ServerSession | undefined;
  #closed = false;
  #waiting = 0;
  #unanswered = false;
  #forsaken = false;
  #listeners: (() => void)[] = [];

  private constructor(to: Connecting) {
    this.#to = to;
    this.address = to.address;
    this.#server = to.near.find(to.address);
    const name = this.#server?.name ?? formatAddress(to.address);
    this.#there = to.near.network.lane(to.host, name);
    this.#back = to.near.network.lane(name, to.host);
    to.process.onDeath((of) => {
      if (of === 'machine') this.#vanish();
      else this.#hangUp();
    });
  }

  static async open(to: Connecting, call: Call): Promise<DatabaseSession> {
    const session = new DatabaseSession(to);
    try {
      await withDeadline(to.process.time, call, 'connect', () => session.#connect());
      return session;
    } catch (thrown) {
      session.close();
      throw translate(thrown, to.address, 'connect');
    }
  }

  get open(): boolean {
    return !this.#closed;
  }

  get remoteHost(): undefined {
    return undefined;
  }

  get unanswered(): boolean {
    return this.#unanswered;
  }

  get id(): number {
    return this.#session?.id ?? 0;
  }

  async query(what: string, sql: string, call: Call): Promise<readonly (readonly ModelRow[])[]> {
    call.assertAllowed?.();
    if (this.#closed) {
      throw new Fault('connection-lost', `${what}: the connection was closed before it was sent`, {
        details: { sent: false },
      });
    }
    try {
      return await withDeadline(this.#to.process.time, call, what, () => this.#send(sql));
    } catch (thrown) {
      const fault = translate(thrown, this.address, what);
      if (fault.code !== 'statement-failed' && fault.code !== 'access-denied') this.close();
      throw fault;
    }
  }

  /** As one of an operation's, told from all others also by a later controller. */
  markAsOperations(): void {
    if (this.#session) this.#session.operation = true;
  }

  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    if (this.#waiting > 0) this.#unanswered = true;
    this.#closed = true;
    this.#hangUp();
  }

  #connect(): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const { ok, fail } = this.#to.process.answer(opened);
    this.#lost.add(fail);
    this.#deliver((server) => {
      const onEnd = (): void => this.#reset();
      const session = server.open('dauphin', this.#to.process.name, onEnd);
      this.#session = session;
      this.#to.near.network.send(this.#back, () => ok());
    });
    return opened.promise.finally(() => this.#lost.delete(fail));
  }

  #send(sql: string): Promise<readonly (readonly ModelRow[])[]> {
    const answered = Promise.withResolvers<readonly (readonly ModelRow[])[]>();
    const { ok, fail } = this.#to.process.answer(answered);
    const { witness, process, near } = this.#to;
    this.#lost.add(fail);
    witness.sent(process, this.#there.to, sql);
    this.#waiting += 1;
    this.#deliver((server) => {
      const session = this.#session;
      if (!session || session.ended) return;
      execute({ server, session, near }, sql, (reply) => {
        if (witness.executed(process, server.name, sql, reply)) {
          server.end(session, true);
          return;
        }
        near.network.send(this.#back, () => {
          if (reply.ok) ok(reply.sets);
          else fail(new Fault('statement-failed', reply.message, { details: { errno: reply.errno } }));
        });
      });
    });
    const count = (thrown?: unknown): void => {
      const answer = thrown === undefined || (thrown instanceof Fault && thrown.code === 'statement-failed');
      if (answer) this.#waiting -= 1;
    };
    answered.promise.then(() => count(), count);
    return answered.promise.finally(() => this.#lost.delete(fail));
  }

  /** Nobody listens on a dead server: its host says so. */
  #deliver(happen: (server: ServerModel) => void): void {
    this.#to.near.network.send(this.#there, () => {
      const server = this.#server;
      if (!server || server.life === 'down') this.#reset();
      else server.run(() => happen(server));
    });
  }

  /** The other side has ended it. */
  #reset(): void {
    this.#to.near.network.send(this.#back, () => {
      this.#to.process.enter(() => {
        const listeners = this.#closed ? [] : this.#listeners.splice(0);
        this.#closed = true;
        const fault = this.#session
          ? new Fault('connection-lost', 'Connection lost')
          : new Fault('server-unreachable', 'connect ECONNREFUSED', { details: { refused: true } });
        for (const lose of [...this.#lost]) lose(fault);
        for (const listener of listeners) listener();
      });
    });
  }

  /** The server goes on with its session as if nothing had happened. */
  #vanish(): void {
    this.#forsaken = true;
    this.#to.near.network.abandon(this.#there);
  }

  #hangUp(): void {
    const server = this.#server;
    if (!server || this.#forsaken) return;
    this.#forsaken = true;
    this.#to.near.network.forsake(this.#there, () => {
      server.run(() => {
        if (this.#session) server.end(this.#session, false);
      });
    });
  }
}

function translate(thrown: unknown, address: Address, what: string): Fault {
  const where = formatAddress(address);
  if (thrown instanceof DeadlineExceeded) {
    return new Fault('deadline-exceeded', `${where}: ${what}: no answer within ${thrown.deadlineMs} ms`, {
      cause: thrown,
    });
  }
  if (thrown instanceof Fault) {
    return thrown.message.startsWith(where)
      ? thrown
      : new Fault(thrown.code, `${where}: ${what}: ${thrown.message}`, {
          cause: thrown,
          details: thrown.details,
        });
  }
  return new Fault('connection-lost', `${where}: ${what}: ${String(thrown)}`, { cause: thrown });
}
