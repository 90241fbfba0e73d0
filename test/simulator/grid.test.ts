/** Every step of the plan with every misfortune, on both kinds of engine. */
import { describe, expect, it } from 'vitest';
import { cell, comesAfterPromotion, gridSteps, misfortunes } from './grid.ts';
import { bugOf } from './known-bugs.ts';
import { runScenario } from './run-scenario.ts';
import { quietScenario } from './scenario.ts';

it('the grid has the steps of the plan', async () => {
  const { trace } = await runScenario(quietScenario);
  const steps = trace.flatMap((line) => /"step-started","step":"([^"]+)"/.exec(line)?.[1] ?? []);
  expect(new Set(steps)).toEqual(new Set(gridSteps));
});

for (const misfortune of misfortunes) {
  describe(`${misfortune.name}`, () => {
    for (const step of gridSteps) {
      const bug = bugOf(misfortune.name, step);
      const why = bug ? ` (skipped: ${bug.reason})` : '';
      it.skipIf(bug !== undefined)(`at ${step}${why}`, async () => {
        for (const engine of ['mariadb', 'mysql'] as const) {
          const { breaches, status } = await runScenario(cell(step, misfortune, engine));
          expect(breaches).toEqual([]);
          expect(comesAfterPromotion(step) ? ['succeeded'] : ['succeeded', 'rolled-back']).toContain(status);
        }
      });
    }
  });
}
