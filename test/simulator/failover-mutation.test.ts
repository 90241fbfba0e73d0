/** Failovers broken on purpose: each mutant has to break the law that it should, within a few runs. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { StepOutput } from '../../src/core/operation.ts';
import type { Law } from '../../src/simulator/invariants.ts';
import { playQuiet } from './quiet.ts';
import { runScenario } from './run-scenario.ts';
import { automatic, type PlannedTrouble, quietFailover, type Scenario } from './scenario.ts';

type Handler = (action: never, run: Handled, call: never) => Promise<StepOutput>;
type Mutable = 'confirm' | 'fence' | 'unfence' | 'gather' | 'salvage' | 'assess' | 'level';
interface Handled {
  readonly surroundings: { link(target: never): { position(call: never): Promise<string> } };
}

const mutants = vi.hoisted(() => ({
  handlers: {} as Partial<Record<Mutable, Handler>>,
  judge: undefined as
    | ((testimonies: readonly { kind: string; says: string }[]) => object | undefined)
    | undefined,
}));

vi.mock('../../src/control/execution/perform-failover.ts', async (original) => {
  const { failoverHandlers } = await original<{ failoverHandlers: Record<string, Handler> }>();
  const changed = Object.entries(failoverHandlers).map(([verb, handler]) => [
    verb,
    ((action, run, call) =>
      (mutants.handlers[verb as Mutable] ?? handler)(action, run, call)) satisfies Handler,
  ]);
  return { failoverHandlers: Object.fromEntries(changed) as Record<string, Handler> };
});

vi.mock('../../src/core/detection/judge-primary.ts', async (original) => {
  const actual = await original<{
    judge: (testimonies: readonly { kind: string; says: string }[]) => object;
  }>();
  const judge: typeof actual.judge = (testimonies) =>
    mutants.judge?.(testimonies) ?? actual.judge(testimonies);
  return { ...actual, judge };
});

beforeEach(() => {
  mutants.handlers = {};
  mutants.judge = undefined;
});

const done: Handler = async () => ({});

const kill = (atMs: number, forMs: number): PlannedTrouble => ({
  moment: { atMs },
  trouble: { kind: 'kill', role: 'primary', forMs, comesBack: 'writable' },
});

const tail: readonly PlannedTrouble[] = [
  { moment: { atMs: 200 }, trouble: { kind: 'cut-replicas', forMs: 400 } },
  kill(400, 6000),
];

const hang: readonly PlannedTrouble[] = [
  { moment: { atMs: 200 }, trouble: { kind: 'hang', role: 'primary', forMs: 5000 } },
];

async function lawsBroken(
  troubles: readonly PlannedTrouble[],
  change: Partial<Scenario> = {},
): Promise<ReadonlySet<Law>> {
  const laws = new Set<Law>();
  for (const engine of ['mariadb', 'mysql'] as const) {
    for (let seed = 1; seed <= 4; seed += 1) {
      const scenario: Scenario = { ...quietFailover, seed, engine, writers: 3, troubles, ...change };
      const { breaches } = await runScenario(scenario);
      for (const { law } of breaches) laws.add(law);
    }
  }
  return laws;
}

const slow: Partial<Scenario> = { applies: [100, 300] };

it('nothing broken breaks no law', async () => {
  for (const troubles of [tail, hang, [kill(300, 400)]])
    expect(await lawsBroken(troubles, slow)).toEqual(new Set());
});

const back: readonly PlannedTrouble[] = [
  kill(300, 400),
  { moment: { step: 'confirm', when: 'started' }, trouble: { kind: 'crash', restartMs: 4000 } },
];

it('a resumed failover does not go on against a primary that came back', async () => {
  expect(await lawsBroken(back)).toEqual(new Set());
});

it('a death that is not confirmed is seen', async () => {
  mutants.handlers.confirm = done;
  expect(await lawsBroken(back)).toContain(6);
});

it('a survivor’s received position that is ignored is seen', async () => {
  mutants.handlers.gather = async (action: { readonly server: never }, run, call) => ({
    position: await run.surroundings.link(action.server).position(call),
  });
  const failover = { ...automatic, agents: false };
  expect(await lawsBroken([kill(300, 6000)], { ...slow, failover })).toContain(2);
});

it('a promotion before the candidate has everything is seen', async () => {
  mutants.handlers.level = done;
  expect(await lawsBroken([kill(300, 6000)], slow)).toContain(2);
});

it('a salvaged log that is not applied is seen', async () => {
  mutants.handlers.salvage = async () => ({
    tail: { transactions: 0, names: '', truncated: false, file: '' },
  });
  expect(await lawsBroken(tail)).toContain(2);
});

it('a fence that does not hold is seen', async () => {
  mutants.handlers.fence = async () => ({ fence: 'agent' });
  const available = { ...automatic, durability: 'available', maxLoss: 'any' } as const;
  expect(await lawsBroken(hang, { failover: available })).toContain(1);
});

it('a loss that is not reported is seen', async () => {
  mutants.handlers.assess = async () => ({
    loss: { verdict: 'none', transactions: 0, names: '', because: 'says so' },
  });
  mutants.handlers.salvage = done;
  expect(await lawsBroken(tail)).toContain(2);
});

it('a fence that outlives an aborted failover is seen', async () => {
  mutants.handlers.unfence = done;
  mutants.handlers.level = () => Promise.reject(new Error('no'));
  expect(await lawsBroken([kill(300, 6000)])).toContain(3);
});

it('a controller that believes itself alone is seen', async () => {
  mutants.judge = (testimonies) => {
    const own = testimonies.find(({ kind }) => kind === 'controller')?.says;
    const verdict = own === undefined ? 'unsure' : own === 'serves' ? 'alive' : 'dead';
    return { verdict, rule: 'alone', because: 'it says so' };
  };
  const cut: PlannedTrouble = {
    moment: { atMs: 200 },
    trouble: { kind: 'cut-off', role: 'primary', forMs: 5000 },
  };
  expect(await lawsBroken([cut])).toContain(6);
  const { failovers } = await playQuiet({ seed: 1, engine: 'mysql', minutes: 3, agents: true });
  expect(failovers).toBeGreaterThan(0);
});
