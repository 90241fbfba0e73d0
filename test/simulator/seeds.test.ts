/** Some hundred random runs, and those that once showed a bug. */
import { describe, expect, it } from 'vitest';
import { knownBugs, withoutKnownBugs } from './known-bugs.ts';
import { namedSeeds } from './named-seeds.ts';
import { randomScenario, troubleKinds } from './random-scenario.ts';
import { runScenario } from './run-scenario.ts';

const perTest = 100;
const batches = 10;

describe('random seeds hold every law', () => {
  const kinds = withoutKnownBugs(troubleKinds);
  for (let batch = 0; batch < batches; batch += 1) {
    const first = batch * perTest + 1;
    it(`seeds ${first} to ${first + perTest - 1}`, { timeout: 30_000 }, async () => {
      for (let seed = first; seed < first + perTest; seed += 1) {
        const verdict = await runScenario(randomScenario(seed, kinds));
        expect({ seed, breaches: verdict.breaches }).toEqual({ seed, breaches: [] });
      }
    });
  }
});

describe('named seeds', () => {
  for (const { name, bug, scenario } of namedSeeds) {
    const known = knownBugs.find(({ id }) => id === bug);
    const why = known ? ` (skipped: ${known.reason})` : '';
    it.skipIf(known !== undefined)(`${name}${why}`, async () => {
      expect((await runScenario(scenario)).breaches).toEqual([]);
    });
  }
});

describe('determinism', () => {
  it('one seed has one trace', async () => {
    for (const seed of [3, 17, 68, 113, 143]) {
      const first = await runScenario(randomScenario(seed));
      const second = await runScenario(randomScenario(seed));
      expect(second.hash).toBe(first.hash);
      expect(second.trace).toEqual(first.trace);
    }
  });

  it('another seed has another', async () => {
    const hashes = await Promise.all(
      [1, 2, 3].map(async (seed) => (await runScenario(randomScenario(seed))).hash),
    );
    expect(new Set(hashes).size).toBe(3);
  });
});
