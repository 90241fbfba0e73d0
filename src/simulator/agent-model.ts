/**
 * The agent on a model server's host, and its client in a controller: the host port over a network path of its own.
 * What it fences stays down or comes up read-only, also when the agent dies.
 */
import { Fault } from '../contract/errors.ts';
import type { Call } from '../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../core/deadline.ts';
import type {
  Fenced,
  HostAgent,
  HostState,
  Surplus,
  SurplusRequest,
  Tail,
  TailRequest,
  UnfenceRequest,
} from '../core/host.ts';
import type { Address } from '../core/identity.ts';
import { isLater, type OrderStamp } from '../core/order-stamp.ts';
import { position } from '../core/positions.ts';
import type { FencedHost } from './fenced-host.ts';
import type { Lane, NetworkModel } from './network-model.ts';
import type { ProcessModel } from './process-model.ts';
import type { Random } from './random.ts';
import { type LoggedTransaction, nameOf, readCounts } from './transaction-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface AgentParts {
  readonly name: string;
  readonly address: Address;
  readonly host: FencedHost;
  readonly network: NetworkModel;
  readonly clock: VirtualClock;
  readonly random: Random;
}

/** A client that cannot connect gives up after this. */
const connectMs = 500;
const workMs: readonly [number, number] = [0.5, 5];
const readMs: readonly [number, number] = [10, 60];
/** Within this a server that somebody starts in spite of a fence is killed again. */
const enforceMs = 50;

interface Witness {
  told(process: ProcessModel, what: string): void;
}

type Settle<T> = (work: () => T) => void;

export class AgentModel {
  readonly name: string;
  readonly #parts: AgentParts;
  #inbox: (() => void)[] = [];
  /** The latest order that lifted a fence: an earlier one that comes late does not put the server down. */
  #lifted: OrderStamp | undefined;
  /** The latest order that fenced: an earlier one that comes late does not lift its fence. */
  #holder: OrderStamp | undefined;
  life: 'up' | 'hung' | 'down' = 'up';

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.name = parts.name;
  }

  die(): void {
    this.life = 'down';
    this.#inbox = [];
  }

  hang(): void {
    if (this.life === 'up') this.life = 'hung';
  }

  /** Also after a hang. */
  start(): void {
    this.life = 'up';
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const happen of inbox) happen();
    this.enforce();
  }

  /** A server runs that should not. */
  enforce(): void {
    const { host, clock } = this.#parts;
    if (!host.fenced || host.server.life === 'down') return;
    clock.after(enforceMs, () => {
      if (this.life === 'up' && host.fenced) host.server.kill();
    });
  }

  port(process: ProcessModel, from: string, witness: Witness): HostAgent {
    const { network } = this.#parts;
    const back = network.lane(this.name, from);
    // Each question on a connection of its own, so that giving one up takes back what a cut holds back of it.
    const ask = <T>(what: string, call: Call, work: (settle: Settle<T>) => void): Promise<T> =>
      this.#ask({ what, there: network.lane(from, this.name), back, process }, call, work);
    return {
      address: this.#parts.address,
      state: (call) => ask('state', call, (settle) => this.#soon(workMs, () => settle(() => this.#state()))),
      fence: (call, order) => {
        call.assertAllowed?.();
        witness.told(process, 'fence');
        return ask('fence', call, (settle) => this.#fence(settle, order));
      },
      unfence: (request, call) => {
        call.assertAllowed?.();
        witness.told(process, `unfence ${request.start}`);
        return ask<void>('unfence', call, (settle) => this.#unfence(request, settle));
      },
      readTail: (request, call) =>
        ask('read the log', call, (settle) => this.#soon(readMs, () => settle(() => this.#tail(request)))),
      readSurplus: (request, call) =>
        ask('read the surplus', call, (settle) =>
          this.#soon(readMs, () => settle(() => this.#surplus(request))),
        ),
    };
  }

  #soon(range: readonly [number, number], happen: () => void): void {
    const { clock, random } = this.#parts;
    clock.after(random.between(...range), () => this.#run(happen));
  }

  #run(happen: () => void): void {
    if (this.life === 'up') happen();
    else if (this.life === 'hung') this.#inbox.push(happen);
  }

  #state(): HostState {
    const { host, clock } = this.#parts;
    const states = { up: 'answers', hung: 'frozen', down: 'gone' } as const;
    return {
      server: states[host.server.life],
      disk: host.server.disk.stuck ? 'stuck' : 'writes',
      fenced: host.fenced,
      startsReadOnly: host.server.readOnlyFile,
      canStartReadOnly: true,
      upMs: clock.monotonic() - host.bootedAt,
    };
  }

  /** A process that waits for a stuck disk is ended as soon as it may go on: it does nothing of its own any more. */
  #fence(settle: Settle<Fenced>, order: OrderStamp | undefined): void {
    const { host } = this.#parts;
    this.#soon(workMs, () => {
      const lifted = this.#lifted;
      if (order && lifted && isLater(lifted, order)) {
        settle(() => {
          throw new Fault(
            'refused',
            `the fence of ${order.operation} comes late: ${lifted.operation} has lifted it`,
          );
        });
        return;
      }
      if (order && (!this.#holder || isLater(order, this.#holder))) this.#holder = order;
      const how = host.server.life === 'down' ? 'was-gone' : 'killed';
      host.fence();
      settle(() => ({ how }));
    });
  }

  #unfence({ start, order }: UnfenceRequest, settle: Settle<void>): void {
    this.#soon(workMs, () => {
      const later = [this.#holder, this.#lifted].find((known) => order && known && isLater(known, order));
      if (order && later) {
        settle(() => {
          throw new Fault(
            'refused',
            `${order.operation} lifts its fence late: ${later.operation} has come since`,
          );
        });
        return;
      }
      if (order) this.#lifted = order;
      settle(() => this.#parts.host.unfence(start));
    });
  }

  /** A stuck disk answers reads: what was written is in the memory of its machine. */
  #tail({ after }: TailRequest): Tail {
    const { server } = this.#parts.host;
    if (server.life !== 'down') throw new Fault('salvage-impossible', `${server.name} is not down`);
    return { ...this.#beyond(after), truncated: server.disk.torn };
  }

  #surplus({ after, form }: SurplusRequest): Surplus {
    const { server } = this.#parts.host;
    const { statements: readable, names, transactions, upTo } = this.#beyond(after);
    const had = readCounts(after);
    const own = server.log.entries.filter(({ origin, number }) => number > (had.get(origin) ?? 0));
    const times = own.flatMap(({ at }) => at ?? []);
    const reversed = own.toReversed().map((entry) => `BINLOG '${nameOf(entry)}';\n`);
    const newestAt = Math.floor(Math.max(...times) / 1000) * 1000;
    return {
      ...{ transactions, names, upTo, tables: [] },
      ...(Number.isFinite(newestAt) ? { newestAt } : {}),
      statements: form === 'readable' ? readable : chunks(reversed),
    };
  }

  #beyond(after: string) {
    const { server } = this.#parts.host;
    const had = readCounts(after);
    const more = server.log.entries.filter(({ origin, number }) => number > (had.get(origin) ?? 0));
    const upTo = new Map(had);
    for (const { origin, number } of more) upTo.set(origin, Math.max(upTo.get(origin) ?? 0, number));
    const lines = more.map((entry) => line(entry));
    return {
      transactions: more.length,
      names: namesOf(more),
      upTo: positionOf(upTo),
      bytes: lines.join('').length,
      statements: chunks(lines),
    };
  }

  #ask<T>(
    parts: { what: string; there: Lane; back: Lane; process: ProcessModel },
    call: Call,
    work: (settle: Settle<T>) => void,
  ): Promise<T> {
    const { what, there, back, process } = parts;
    const { network } = this.#parts;
    const answered = Promise.withResolvers<T>();
    const { ok, fail } = process.answer(answered);
    const unreachable = (why: string): Fault => new Fault('agent-unreachable', `${this.name}: ${why}`);
    let reached = false;
    network.send(there, () => {
      if (this.life === 'down') {
        network.send(back, () => fail(unreachable('connection refused')));
        return;
      }
      // The kernel answers for a process that hangs.
      network.send(back, () => process.enter(() => (reached = true)));
      const settle: Settle<T> = (outcome) => {
        try {
          const value = outcome();
          network.send(back, () => ok(value));
        } catch (thrown) {
          network.send(back, () => fail(thrown));
        }
      };
      this.#run(() => work(settle));
    });
    void process.time.sleep(Math.min(connectMs, call.deadlineMs)).then(() => {
      if (!reached) answered.reject(unreachable('no connection'));
    });
    const giveUp = (): void => network.forsake(there, () => undefined);
    process.onDeath((of) => {
      if (of === 'machine') network.abandon(there);
      else giveUp();
    });
    return withDeadline(process.time, call, what, () => answered.promise).catch((thrown: unknown) => {
      giveUp();
      if (!(thrown instanceof DeadlineExceeded)) throw thrown;
      throw new Fault('deadline-exceeded', `${this.name}: ${what}: no answer within ${thrown.deadlineMs} ms`);
    });
  }
}

async function* chunks(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** `db1:103-118,db2:4` */
function namesOf(transactions: readonly LoggedTransaction[]): string {
  const ranges = new Map<string, { first: number; last: number }>();
  for (const { origin, number } of transactions) {
    const { first = number, last = number } = ranges.get(origin) ?? {};
    ranges.set(origin, { first: Math.min(first, number), last: Math.max(last, number) });
  }
  return [...ranges]
    .map(([origin, { first, last }]) => `${origin}:${first === last ? last : `${first}-${last}`}`)
    .join(',');
}

const positionOf = (counts: ReadonlyMap<string, number>) =>
  position(
    [...counts]
      .map(([origin, count]) => `${origin}:${count}`)
      .sort()
      .join(','),
  );

const line = ({ origin, number, label }: LoggedTransaction): string =>
  `REPLAY ${origin}:${number}${label === undefined ? '' : `:${label}`};\n`;
