/** Makes tests of a table, one for each row and engine. */
import { it } from 'vitest';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { playScenario } from './play-scenario.ts';
import type { Scenario } from './scenario.ts';

const unavailable = mysqlUnavailable();
const engines: readonly SqlEngineKind[] = unavailable === undefined ? ['mariadb', 'mysql'] : ['mariadb'];

export function playAll(group: string, scenarios: readonly Scenario[]): void {
  for (const engine of engines) {
    // `$title` would be cut short.
    const played = scenarios
      .filter((scenario) => scenario.engines.includes(engine))
      .map((scenario) => [scenario.title, scenario] as const);
    it.each(played)(`${group}, ${engine}: %s`, (_title, scenario) => playScenario(scenario, engine));
  }
}
