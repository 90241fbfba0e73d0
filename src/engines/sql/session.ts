/**
 * One connection to a MySQL or MariaDB server whose every wait is bounded. The driver's own promises do not
 * settle against a hung server (reference/stack.md 2.1), so this owns the socket and destroys it at the
 * deadline: a connection whose answer was not waited for is of no further use.
 */
import { readFileSync } from 'node:fs';
import { connect as openSocket, type Socket } from 'node:net';
import { type ConnectionOptions, createConnection } from 'mysql2';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import type { Credentials } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { SqlConnection } from './connection.ts';
import { translateDriverError } from './driver-errors.ts';
import type { Row } from './rows.ts';

/** The little that is used of the driver's connection. */
interface DriverConnection {
  on(event: 'error', listener: (error: Error) => void): unknown;
  query(sql: string, done: (error: Error | null, result: unknown, fields: unknown) => void): unknown;
  readonly threadId: number;
}

export class SqlSession implements SqlConnection {
  readonly address: Address;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #driver: DriverConnection;
  readonly #remoteHost: string | undefined;
  #closed = false;
  #waiting = 0;
  #unanswered = false;
  #listeners: (() => void)[] = [];

  private constructor(address: Address, clock: Clock, socket: Socket, driver: DriverConnection) {
    this.address = address;
    this.#clock = clock;
    this.#socket = socket;
    this.#driver = driver;
    this.#remoteHost = socket.remoteAddress;
    socket.once('close', () => this.#end());
    driver.on('error', () => this.#end());
  }

  static async open(
    address: Address,
    credentials: Credentials,
    { clock, form = 'text' }: { readonly clock: Clock; readonly form?: 'text' | 'bytes' | undefined },
    call: Call,
  ): Promise<SqlSession> {
    const socket = openSocket({ host: address.host, port: address.port, noDelay: true });
    socket.on('error', () => undefined);
    try {
      return await withDeadline(clock, call, 'connect', async () => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        socket.once('error', reject);
        const driver = createConnection(driverOptions(socket, address, credentials, form));
        driver.once('connect', () => resolve());
        // It may report more than one on its way down, and what nobody listens to ends the process.
        driver.on('error', reject);
        await promise;
        return new SqlSession(address, clock, socket, driver);
      });
    } catch (thrown) {
      socket.resetAndDestroy();
      throw translateDriverError(thrown, address, 'connect');
    }
  }

  get open(): boolean {
    return !this.#closed;
  }

  get unanswered(): boolean {
    return this.#unanswered;
  }

  /** The IP address at the other end. */
  get remoteHost(): string | undefined {
    return this.#remoteHost;
  }

  /** The server's number for this connection, to be named in KILL. */
  get id(): number {
    return this.#driver.threadId;
  }

  /**
   * Runs one or several statements in one round trip and returns their result sets, one a statement.
   * `what` says in errors what it was for.
   */
  async query(what: string, sql: string, call: Call): Promise<readonly (readonly Row[])[]> {
    call.assertAllowed?.();
    if (this.#closed) {
      throw new Fault('connection-lost', `${what}: the connection was closed before it was sent`, {
        details: { sent: false },
      });
    }
    try {
      return await withDeadline(this.#clock, call, what, () => this.#send(sql));
    } catch (thrown) {
      const fault = translateDriverError(thrown, this.address, what);
      if (gaveUp(thrown, call)) this.#destroy();
      else if (fault.code !== 'statement-failed' && fault.code !== 'access-denied') this.#end();
      throw fault;
    }
  }

  async #send(sql: string): Promise<readonly (readonly Row[])[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly (readonly Row[])[]>();
    this.#waiting += 1;
    const lost = (): void => reject(Object.assign(new Error('Connection lost'), { code: 'ECONNRESET' }));
    this.#socket.once('close', lost);
    this.#driver.query(sql, (error, result, fields) => {
      // A lost connection is reported here as well; only the server's own errors are answers.
      if (!error || 'sqlState' in error) this.#waiting -= 1;
      if (error) reject(error);
      else resolve(resultSets(result, fields));
    });
    try {
      return await promise;
    } finally {
      this.#socket.off('close', lost);
    }
  }

  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The other side, or the way to it, has ended it. */
  #end(): void {
    const news = !this.#closed;
    this.#destroy();
    if (news) for (const listener of this.#listeners.splice(0)) listener();
  }

  #destroy(): void {
    if (this.#waiting > 0) this.#unanswered = true;
    this.#closed = true;
    // With a reset: what a plain end has not sent yet, the kernel goes on delivering, even after a partition.
    this.#socket.resetAndDestroy();
  }

  /** Ends the connection; the server rolls back and unlocks what it held. */
  close(): void {
    this.#destroy();
  }
}

/** It is we who did not wait any longer. */
function gaveUp(thrown: unknown, call: Call): boolean {
  return thrown instanceof DeadlineExceeded || call.signal.aborted;
}

function driverOptions(
  socket: Socket,
  address: Address,
  credentials: Credentials,
  form: 'text' | 'bytes',
): ConnectionOptions {
  return {
    // The driver sends latin1 as one byte a character; from session tracking it would learn of another character set
    // that a statement chose, and go over to that.
    ...(form === 'bytes' ? { charset: 'latin1_swedish_ci', flags: ['-SESSION_TRACK'] } : {}),
    stream: socket,
    // Whose certificate it has to be.
    host: address.host,
    user: credentials.user,
    password: credentials.password,
    multipleStatements: true,
    // All values as text: 64-bit numbers and GTIDs must not pass through floating point.
    typeCast: (field) => field.string(),
    ...(credentials.tls === undefined
      ? {}
      : {
          ssl: {
            rejectUnauthorized: credentials.tls.verifyServer,
            verifyIdentity: credentials.tls.verifyServer,
            ...(credentials.tls.caFile === undefined ? {} : { ca: readFileSync(credentials.tls.caFile) }),
          },
        }),
  };
}

/** The driver answers one statement with its rows, several with an array of those; a write with an object. */
function resultSets(result: unknown, fields: unknown): readonly (readonly Row[])[] {
  if (!Array.isArray(result)) return [[]];
  const single =
    Array.isArray(fields) && fields.length > 0 && fields[0] !== undefined && !Array.isArray(fields[0]);
  if (single) return [result as Row[]];
  return result.map((set: unknown) => (Array.isArray(set) ? (set as Row[]) : []));
}
