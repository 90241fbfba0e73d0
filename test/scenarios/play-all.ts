/** Makes tests of a table, one for each row and engine. */
import { describe, it } from 'vitest';
import type { EngineKind } from '../../src/core/observation.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { playScenario } from './play-scenario.ts';
import type { Scenario } from './scenario.ts';

const unavailable = mysqlUnavailable();
const engines: readonly EngineKind[] = unavailable === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

export function playAll(group: string, scenarios: readonly Scenario[]): void {
  describe(group, () => {
    for (const engine of engines) {
      const played = scenarios.filter((scenario) => scenario.engines.includes(engine));
      it.each(played)(`${engine}: $title`, (scenario) => playScenario(scenario, engine));
    }
  });
}
