/** Random failovers, and those that once showed a bug. */
import { describe, expect, it } from 'vitest';
import { namedFailovers } from './named-failovers.ts';
import { randomFailover } from './random-failover.ts';
import { runScenario } from './run-scenario.ts';

const perTest = 50;
const batches = 20;

describe('random failovers hold every law', () => {
  for (let batch = 0; batch < batches; batch += 1) {
    const first = batch * perTest + 1;
    it(`seeds ${first} to ${first + perTest - 1}`, { timeout: 60_000 }, async () => {
      for (let seed = first; seed < first + perTest; seed += 1) {
        const verdict = await runScenario(randomFailover(seed));
        expect({ seed, breaches: verdict.breaches }).toEqual({ seed, breaches: [] });
      }
    });
  }
});

describe('named failovers', () => {
  for (const { name, scenario, ends } of namedFailovers) {
    it(`${name}`, async () => {
      const { breaches, status } = await runScenario(scenario);
      expect({ breaches, status }).toEqual({ breaches: [], status: ends ?? status });
    });
  }
});

it('one seed of a failover has one trace', async () => {
  for (const seed of [1, 27, 66]) {
    const [first, second] = [
      await runScenario(randomFailover(seed)),
      await runScenario(randomFailover(seed)),
    ];
    expect(second.trace).toEqual(first.trace);
  }
});
