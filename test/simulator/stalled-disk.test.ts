import { expect, it } from 'vitest';
import { runScenario } from './run-scenario.ts';
import { automatic, quietFailover, type Scenario } from './scenario.ts';

const stalls = (forMs: number, traits: Partial<typeof automatic> = {}): Scenario => ({
  ...quietFailover,
  failover: { ...automatic, ...traits },
  troubles: [{ moment: { atMs: 500 }, trouble: { kind: 'disk-stall', role: 'primary', forMs } }],
});

it.each<[string, Scenario, string]>([
  ['for long is replaced', stalls(20_000), 'succeeded'],
  ['for two seconds is not', stalls(2000), 'none'],
  ['for long is not where no agent can tell', stalls(20_000, { agents: false }), 'none'],
  ['within the grace period is not', stalls(6000, { graceMs: 8000 }), 'none'],
])('a primary whose disk stalls %s', async (_how, scenario, ends) => {
  for (const engine of ['mariadb', 'mysql'] as const) {
    const { status, breaches } = await runScenario({ ...scenario, engine });
    expect({ engine, status, breaches }).toEqual({ engine, status: ends, breaches: [] });
  }
});
