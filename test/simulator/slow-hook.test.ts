/** A silent primary must not read as one whose disk is stuck, however long a hook before its failover takes. */
import { expect, it } from 'vitest';
import type { Wiring } from './controller-process.ts';
import { runScenario } from './run-scenario.ts';
import { automatic, quietFailover, type Scenario } from './scenario.ts';

const silent: Scenario = {
  ...quietFailover,
  failover: { ...automatic, agents: false, durability: 'available', maxLoss: 'any' },
  troubles: [{ moment: { atMs: 500 }, trouble: { kind: 'isolate', role: 'primary', forMs: 20_000 } }],
};

const hooked = (wiring: Wiring): Wiring => {
  const { policy, process } = wiring;
  const beforeFailover = [{ command: ['model-hook'], timeoutMs: 10_000 }];
  return {
    ...wiring,
    policy: { ...policy, hooks: { ...policy.hooks, beforeFailover } },
    runHook: (_hook, { signal }) => process.time.sleep(4000, signal),
  };
};

it('a silent primary is replaced after a hook of 4 s', async () => {
  for (const engine of ['mariadb', 'mysql'] as const) {
    const { status, breaches, trace } = await runScenario({ ...silent, engine }, { wiring: hooked });
    const givenUp = trace.some((line) => line.includes('rolled-back'));
    expect({ engine, status, breaches, givenUp }).toEqual({
      engine,
      status: 'succeeded',
      breaches: [],
      givenUp: false,
    });
  }
});
