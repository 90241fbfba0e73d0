/** Production broken on purpose: the invariants have to notice, or they would be worth nothing. */
import { expect, it } from 'vitest';
import { position } from '../../src/core/positions.ts';
import type { Law } from '../../src/simulator/invariants.ts';
import { randomScenario } from './random-scenario.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { broken, type Spoil } from './spoil.ts';

/** The laws broken in a few runs without any trouble but slow replicas. */
async function lawsBroken(spoil: Spoil, change: Partial<Scenario> = {}): Promise<ReadonlySet<Law>> {
  const laws = new Set<Law>();
  for (let seed = 1; seed <= 10; seed += 1) {
    const scenario: Scenario = { ...randomScenario(seed), troubles: [], applies: [5, 60], ...change };
    const { breaches } = await runScenario(scenario, { wiring: broken(spoil) });
    for (const { law } of breaches) laws.add(law);
  }
  return laws;
}

it('nothing broken breaks no law', async () => {
  expect(await lawsBroken(() => ({}))).toEqual(new Set());
});

it('a candidate whose position is not awaited loses acknowledged writes', async () => {
  expect(await lawsBroken(() => ({ awaitPosition: () => Promise.resolve() }))).toContain(2);
});

it('a freeze that does not freeze makes two writable primaries', async () => {
  expect(
    await lawsBroken((link) => ({ freeze: (call) => link.position(call), holdsFreeze: () => true })),
  ).toContain(1);
});

it('a thaw after the promotion was sent makes two writable primaries', async () => {
  const spoil: Spoil = (link, links) => ({
    promote: async (request, call) => {
      const promoted = await link.promote(request, call);
      await links.get('10.0.0.1:3306')?.thaw(call);
      return promoted;
    },
  });
  expect(await lawsBroken(spoil)).toContain(1);
});

it('a freeze before its journal entry is seen', async () => {
  const spoil: Spoil = (link) => ({
    drain: async (request, call) => {
      await link.freeze(call);
      return link.drain(request, call);
    },
  });
  expect(await lawsBroken(spoil)).toContain(4);
});

it('a position read before the freeze loses what was written in between', async () => {
  let before = position('');
  const spoil: Spoil = (link) => ({
    drain: async (request, call) => {
      before = await link.position(call);
      return link.drain(request, call);
    },
    freeze: async (call) => {
      await link.freeze(call);
      return before;
    },
  });
  expect(await lawsBroken(spoil, { writers: 3 })).toContain(2);
});

it('a rollback that leaves the old primary frozen is seen', async () => {
  const spoil: Spoil = () => ({
    thaw: () => Promise.resolve(),
    promote: () => Promise.reject(new Error('no')),
  });
  expect(await lawsBroken(spoil)).toContain(3);
});

it('a freeze that read_only alone makes does not stop privileged writers', async () => {
  const spoil: Spoil = (link) => ({
    freeze: async (call) => {
      await link.makeReadOnly(call);
      return link.position(call);
    },
    holdsFreeze: () => true,
  });
  const change = { engine: 'mariadb', privilegedWriters: 2 } as const;
  expect(await lawsBroken(() => ({}), change)).toEqual(new Set());
  expect(await lawsBroken(spoil, change)).toContain(2);
});
