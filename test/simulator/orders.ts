/**
 * Every order of taking servers down, bringing them up again and restarting them, after replication-manager's grids:
 * with each the cluster ends with one primary that has all that was acknowledged, or honestly without one.
 */
import { automatic, type PlannedTrouble, quietFailover, type Scenario } from './scenario.ts';

export interface Order {
  readonly name: string;
  readonly servers: number;
  readonly scenario: Scenario;
}

/** From one event to the next: enough for a failover in between. */
const paceMs = 1200;
const firstMs = 200;
/** A restart: down for less than anything else takes. */
const restartMs = 250;

const words = { down: '-', up: '+', restart: '*' } as const;

/** `-1 *3 -2 +2 +1`: the first goes down, the third restarts, the second goes down; then they come back. */
interface Event {
  readonly server: number;
  readonly what: keyof typeof words;
}

type State = 'up' | 'down' | 'over';

/** Each of these servers goes down once and comes back once, after it went down; or it restarts once. */
function* orders(which: readonly number[]): Generator<readonly Event[]> {
  const walk = function* (
    events: readonly Event[],
    state: ReadonlyMap<number, State>,
  ): Generator<readonly Event[]> {
    if ([...state.values()].every((each) => each === 'over')) yield events;
    for (const [server, now] of state) {
      const then = (what: Event['what'], next: State) =>
        walk([...events, { server, what }], new Map(state).set(server, next));
      if (now === 'up') {
        yield* then('down', 'down');
        yield* then('restart', 'over');
      } else if (now === 'down') yield* then('up', 'over');
    }
  };
  yield* walk([], new Map(which.map((server) => [server, 'up'])));
}

/** Each of one, two … all of two to four servers, the first of which is the primary, on both kinds of engine. */
function* grid(): Generator<Order> {
  let number = 0;
  for (const servers of [2, 3, 4]) {
    for (const which of subsetsOf(servers)) {
      for (const events of orders(which)) {
        for (const engine of ['mariadb', 'mysql'] as const) {
          number += 1;
          yield orderOf(number, { servers, engine, events });
        }
      }
    }
  }
}

/** Numbered from 1; an order's number is its seed. */
export const everyOrder = (): readonly Order[] => [...grid()];

interface Cell {
  readonly servers: number;
  readonly engine: Scenario['engine'];
  readonly events: readonly Event[];
}

function orderOf(number: number, { servers, engine, events }: Cell): Order {
  const name = events.map(({ server, what }) => `${words[what]}${server}`).join(' ');
  const scenario: Scenario = {
    ...quietFailover,
    seed: number,
    engine,
    siblings: servers - 2,
    troubles: troublesOf(events),
    failover: { ...automatic, rejoin: 'automatic' },
  };
  return { name: `${number}: ${engine}, ${servers} servers: ${name}`, servers, scenario };
}

function troublesOf(events: readonly Event[]): readonly PlannedTrouble[] {
  return events.flatMap(({ server, what }, at): readonly PlannedTrouble[] => {
    if (what === 'up') return [];
    const back = events.findIndex((each) => each.server === server && each.what === 'up');
    return [
      {
        moment: { atMs: firstMs + at * paceMs },
        trouble: {
          kind: 'kill',
          role: `db${server}`,
          forMs: what === 'restart' ? restartMs : (back - at) * paceMs,
          comesBack: server === 1 ? 'writable' : 'read-only',
        },
      },
    ];
  });
}

/** The smaller ones first; none is empty. */
function subsetsOf(servers: number): readonly (readonly number[])[] {
  const all = Array.from({ length: 2 ** servers - 1 }, (_, bits) =>
    Array.from({ length: servers }, (_each, at) => at + 1).filter(
      (server) => (((bits + 1) >> (server - 1)) & 1) === 1,
    ),
  );
  return all.toSorted((a, b) => a.length - b.length);
}
