/** All orders of two and three servers; of four, one in so many: the rest by `npm run simulate -- --only orders`. */
import { describe, expect, it } from 'vitest';
import { everyOrder, type Order } from './orders.ts';
import { runScenario } from './run-scenario.ts';

const perTest = 100;
/** Fourteen thousand orders of four servers take some minutes. */
const oneIn = 21;

const all = everyOrder();
const of = (servers: number): readonly Order[] => all.filter((order) => order.servers === servers);

it('the grid has every order of going down, coming up and restarting', () => {
  expect([2, 3, 4].map((servers) => of(servers).length)).toEqual([36, 540, 14_728]);
});

function holdEveryLaw(orders: readonly Order[]): void {
  for (let first = 0; first < orders.length; first += perTest) {
    const some = orders.slice(first, first + perTest);
    it(`${first + 1} to ${first + some.length}`, { timeout: 60_000 }, async () => {
      for (const { name, scenario } of some) {
        const { breaches } = await runScenario(scenario);
        expect({ name, breaches }).toEqual({ name, breaches: [] });
      }
    });
  }
}

describe('every order of 2 servers', () => {
  holdEveryLaw(of(2));
});

describe('every order of 3 servers', () => {
  holdEveryLaw(of(3));
});

describe(`one in ${oneIn} of the orders of 4 servers`, () => {
  // An odd stride, so that both kinds of engine come up.
  holdEveryLaw(of(4).filter((_, at) => at % oneIn === 0));
});
