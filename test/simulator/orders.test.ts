import { describe, expect, it } from 'vitest';
import { ordersOf } from './orders.ts';
import { runScenario } from './run-scenario.ts';
import { automatic } from './scenario.ts';

const rejoining = { ...automatic, rejoin: 'automatic' } as const;

describe('every order of killing and restarting', () => {
  for (const [servers, down] of [
    [2, 1],
    [2, 2],
    [3, 1],
    [3, 2],
    [3, 3],
    [4, 1],
    [4, 2],
  ] as const) {
    it(`${down} of ${servers} servers`, { timeout: 60_000 }, async () => {
      for (const engine of ['mariadb', 'mysql'] as const) {
        for (const { name, scenario } of ordersOf(servers, down, rejoining)) {
          const { breaches } = await runScenario({ ...scenario, engine });
          expect({ engine, name, breaches }).toEqual({ engine, name, breaches: [] });
        }
      }
    });
  }
});
