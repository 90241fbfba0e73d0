/**
 * Every order of taking servers down and bringing them up again, after replication-manager's grids: with each the
 * cluster ends with one primary that has all that was acknowledged, or honestly without one.
 */
import {
  automatic,
  type FailoverTraits,
  type PlannedTrouble,
  quietFailover,
  type Scenario,
} from './scenario.ts';

export interface Order {
  readonly name: string;
  readonly scenario: Scenario;
}

/** From one event to the next: enough for a failover in between. */
const paceMs = 1200;
const firstMs = 200;

/** `-1 -2 +2 +1`: the first goes down, then the second; the second comes back, then the first. */
type Event = { readonly server: number; readonly up: boolean };

/** Each of `down` servers goes down once and comes back once, after it went down. */
function* orders(down: readonly number[]): Generator<readonly Event[]> {
  const walk = function* (
    events: readonly Event[],
    state: ReadonlyMap<number, 'up' | 'down' | 'back'>,
  ): Generator<readonly Event[]> {
    if ([...state.values()].every((each) => each === 'back')) yield events;
    for (const [server, now] of state) {
      if (now === 'back') continue;
      const next = new Map(state).set(server, now === 'up' ? 'down' : 'back');
      yield* walk([...events, { server, up: now === 'down' }], next);
    }
  };
  yield* walk([], new Map(down.map((server) => [server, 'up'])));
}

/** All orders of so many of a cluster's servers, the first of which is the primary. */
export function* ordersOf(
  servers: number,
  down: number,
  traits: FailoverTraits = automatic,
): Generator<Order> {
  for (const which of choose(servers, down)) {
    for (const events of orders(which)) {
      const name = events.map(({ server, up }) => `${up ? '+' : '-'}${server}`).join(' ');
      yield {
        name,
        scenario: {
          ...quietFailover,
          siblings: servers - 2,
          troubles: troublesOf(events),
          failover: traits,
        },
      };
    }
  }
}

function troublesOf(events: readonly Event[]): readonly PlannedTrouble[] {
  return events.flatMap(({ server, up }, at) => {
    if (up) return [];
    const back = events.findIndex((each) => each.server === server && each.up);
    return [
      {
        moment: { atMs: firstMs + at * paceMs },
        trouble: {
          kind: 'kill',
          role: `db${server}`,
          forMs: (back - at) * paceMs,
          comesBack: server === 1 ? 'writable' : 'read-only',
        },
      },
    ];
  });
}

function choose(from: number, many: number): readonly (readonly number[])[] {
  const all = Array.from({ length: from }, (_, at) => at + 1);
  const pick = (rest: readonly number[], left: number): readonly (readonly number[])[] =>
    left === 0
      ? [[]]
      : rest.flatMap((first, at) => pick(rest.slice(at + 1), left - 1).map((others) => [first, ...others]));
  return pick(all, many);
}
