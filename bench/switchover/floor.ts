/**
 * The floor: the same hand-over as bare statements on connections that are open already. No checks, no journal, no
 * way back; nothing stops a privileged session from writing to the old primary.
 */
import { dauphin } from '../../test/kit/accounts.ts';
import type { DatabaseServer } from '../../test/kit/database-server.ts';
import { SqlClient } from '../../test/kit/sql.ts';
import { type BareStatements, bareStatements } from './bare-statements.ts';

/**
 * `stop-first`: the candidate forgets its source, then becomes writable, as the manuals have it. `writable-first`: the
 * other way round, as Dauphin does it; a frozen source has nothing more to send.
 */
export type FloorOrder = 'stop-first' | 'writable-first';

export const floorOrders: readonly FloorOrder[] = ['stop-first', 'writable-first'];

export interface FloorTimes {
  readonly freeze: number;
  readonly reach: number;
  readonly promote: number;
}

/** The hand-over was given up, with the old primary writable; replicas may follow either. */
export class TooLate extends Error {}

const OPEN_MS = 2000;
const STATEMENT_MS = 10_000;
const REACH_SECONDS = 5;
/** The candidate keeps pace when a position of this moment takes it no longer; Dauphin asks for the same. */
const PACE_MS = 15;
const PACE_WITHIN_MS = 10_000;

export class Floor implements Disposable {
  readonly #clients: ReadonlyMap<DatabaseServer, SqlClient>;
  readonly #words: BareStatements;

  private constructor(clients: ReadonlyMap<DatabaseServer, SqlClient>, words: BareStatements) {
    this.#clients = clients;
    this.#words = words;
  }

  static async open(servers: readonly DatabaseServer[]): Promise<Floor> {
    const opened = await Promise.all(
      servers.map(
        async (server) => [server, await SqlClient.open({ ...targetOf(server) }, OPEN_MS)] as const,
      ),
    );
    return new Floor(new Map(opened), bareStatements(servers[0]?.engine ?? 'mariadb'));
  }

  /** Siblings move before writers are held and the old primary after, as Dauphin does it; only between is timed. */
  async handOver(order: FloorOrder, from: DatabaseServer, to: DatabaseServer): Promise<FloorTimes> {
    const siblings = [...this.#clients.keys()].filter((server) => server !== from && server !== to);
    await Promise.all(siblings.map((sibling) => this.#move(sibling, to)));
    await this.#keepPace(from, to);
    const { writable, retire } = this.#words;
    const promote = order === 'stop-first' ? `${retire}; ${writable}` : writable;
    const times = await this.#timed(from, to, promote);
    if (order === 'writable-first') await this.#query(to, retire);
    await this.#query(from, this.#words.followAsOldPrimary(to.address));
    return times;
  }

  async #timed(from: DatabaseServer, to: DatabaseServer, promote: string): Promise<FloorTimes> {
    const began = performance.now();
    const position = await this.#positionBy(from, this.#words.freeze);
    const frozen = performance.now();
    await this.#reach(to, position).catch(async (thrown: unknown) => {
      await this.#query(from, this.#words.writable);
      throw thrown;
    });
    const reached = performance.now();
    await this.#query(to, promote);
    const promoted = performance.now();
    return { freeze: frozen - began, reach: reached - frozen, promote: promoted - reached };
  }

  async #keepPace(from: DatabaseServer, to: DatabaseServer): Promise<void> {
    const began = performance.now();
    for (;;) {
      const position = await this.#positionBy(from, this.#words.position);
      const asked = performance.now();
      await this.#reach(to, position);
      const now = performance.now();
      if (now - asked <= PACE_MS) return;
      if (now - began > PACE_WITHIN_MS) throw new TooLate(`${to.name} does not keep pace with ${from.name}`);
    }
  }

  /** A replica may be ahead of its new source, which would refuse it: the source gets what it has first. */
  async #move(sibling: DatabaseServer, to: DatabaseServer): Promise<void> {
    await this.#reach(to, await this.#positionBy(sibling, this.#words.stopReplicating));
    await this.#query(sibling, this.#words.followAnother(to.address));
  }

  async #reach(server: DatabaseServer, position: string): Promise<void> {
    const [row] = await this.#query(server, this.#words.awaitPosition(position, REACH_SECONDS));
    if (row?.late === '0') return;
    throw new TooLate(`${server.name} has not applied the position of another in ${REACH_SECONDS} s`);
  }

  async #positionBy(server: DatabaseServer, sql: string): Promise<string> {
    const [row] = await this.#query(server, sql);
    return row?.position ?? '';
  }

  #query(server: DatabaseServer, sql: string): ReturnType<SqlClient['query']> {
    const client = this.#clients.get(server);
    if (client === undefined) throw new Error(`no connection to ${server.name}`);
    return client.query(sql, STATEMENT_MS);
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
  }
}

function targetOf({ engine, address }: DatabaseServer): Parameters<typeof SqlClient.open>[0] {
  return { engine, address, account: dauphin };
}
