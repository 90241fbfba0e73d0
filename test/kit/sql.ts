/**
 * One connection to a server, every wait of which is bounded. Deliberately not the program's own session
 * class: what the tests measure with must not be what they test.
 */
import { connect, type Socket } from 'node:net';
import { type Connection, createConnection } from 'mysql2';
import type { Address } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { within } from './deadline.ts';

/** All values are text: numbers beyond 2^53 and GTIDs must not pass through floating point. */
export type SqlRow = Readonly<Record<string, string | null>>;

export interface SqlAccount {
  readonly user: string;
  readonly password: string;
}

export interface SqlTarget {
  readonly engine: SqlEngineKind;
  readonly address: Address;
  readonly account: SqlAccount;
}

export class SqlClient {
  readonly #socket: Socket;
  readonly #driver: Connection;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;
  #closed = false;

  private constructor(socket: Socket, driver: Connection) {
    this.#socket = socket;
    this.#driver = driver;
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        this.#closed = true;
        resolve();
      });
    });
    driver.on('error', () => this.close());
  }

  static async open(target: SqlTarget, deadlineMs: number): Promise<SqlClient> {
    const { host, port } = target.address;
    const socket = connect({ host, port, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    socket.on('error', reject);
    const driver = createConnection({
      stream: socket,
      ...target.account,
      multipleStatements: true,
      typeCast: (field) => field.string(),
      // MySQL's passwords travel only within TLS; the server's certificate is one it made for itself.
      ...(target.engine === 'mysql' ? { ssl: { rejectUnauthorized: false } } : {}),
    });
    driver.once('connect', () => resolve(driver));
    driver.on('error', reject);
    try {
      await within(`connect to ${host}:${port}`, deadlineMs, promise);
      return new SqlClient(socket, driver);
    } catch (thrown) {
      socket.destroy();
      throw thrown;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The rows of the last result set. A connection whose answer did not come in time is closed. */
  async query(sql: string, deadlineMs = 5000): Promise<readonly SqlRow[]> {
    if (this.#closed) throw new Error('the connection is closed');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // The driver's own promise does not settle when its stream is destroyed under it.
    const lost = (): void => reject(Object.assign(new Error('connection lost'), { code: 'ECONNRESET' }));
    this.#socket.once('close', lost);
    this.#driver.query(sql, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
    try {
      return rowsOf(await within('answer', deadlineMs, promise));
    } catch (thrown) {
      if (serverErrorNumber(thrown) === 0) this.close();
      throw thrown;
    } finally {
      this.#socket.off('close', lost);
    }
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}

/** The number in the server's own error; 0 when it was not the server that said no. */
export function serverErrorNumber(thrown: unknown): number {
  const number = thrown instanceof Error && 'errno' in thrown ? thrown.errno : undefined;
  // The operating system's numbers are negative, the driver's own have no SQL state.
  return typeof number === 'number' && number > 0 && thrown instanceof Error && 'sqlState' in thrown
    ? number
    : 0;
}

/** A string literal. */
export function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The driver gives rows for one statement, an array of those for several, an object where there are no rows. */
function rowsOf(result: unknown): readonly SqlRow[] {
  if (!Array.isArray(result)) return [];
  const several = result.some((part) => Array.isArray(part) || isHeader(part));
  if (!several) return result as readonly SqlRow[];
  return (result.findLast((part) => Array.isArray(part)) ?? []) as readonly SqlRow[];
}

function isHeader(part: unknown): boolean {
  return typeof part === 'object' && part !== null && part.constructor.name === 'ResultSetHeader';
}
