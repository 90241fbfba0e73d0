import { expect, it } from 'vitest';
import { playQuiet } from './quiet.ts';

for (const [engine, agents] of [
  ['mariadb', true],
  ['mysql', false],
] as const) {
  const hosts = agents ? 'with agents' : 'without agents';
  it(`no failover in 30 minutes of quiet faults (${engine}, ${hosts})`, { timeout: 60_000 }, async () => {
    const { failovers, breaches } = await playQuiet({ seed: 1, engine, minutes: 30, agents });
    expect({ failovers, breaches }).toEqual({ failovers: 0, breaches: [] });
  });
}
