/** Failovers broken on purpose: each mutant has to break the law that it should, within a few runs. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { StepOutput } from '../../src/core/operation.ts';
import type { Law } from '../../src/simulator/invariants.ts';
import { playQuiet } from './quiet.ts';
import { type RunOptions, runScenario } from './run-scenario.ts';
import { automatic, type PlannedTrouble, quietFailover, quietScenario, type Scenario } from './scenario.ts';
import { broken } from './spoil.ts';

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

/** Each runs some dozen scenarios. */
vi.setConfig({ testTimeout: 60_000 });

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
  options: RunOptions = {},
): Promise<ReadonlySet<Law>> {
  const laws = new Set<Law>();
  for (const engine of ['mariadb', 'mysql'] as const) {
    for (let seed = 1; seed <= 4; seed += 1) {
      const scenario: Scenario = { ...quietFailover, seed, engine, writers: 3, troubles, ...change };
      const { breaches } = await runScenario(scenario, options);
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
  const { failovers } = await playQuiet({ seed: 1, engine: 'mysql', minutes: 8, agents: true });
  expect(failovers).toBeGreaterThan(0);
});

/** Its log is read as the crash left it: what was not synced is not in it. */
const rebooted: readonly PlannedTrouble[] = [
  { moment: { atMs: 200 }, trouble: { kind: 'cut-replicas', forMs: 9000 } },
  { moment: { atMs: 900 }, trouble: { kind: 'host-crash', role: 'primary', forMs: 300, stays: 'down' } },
];
const careless = { ...automatic, durability: 'available', maxLoss: 'any', durable: false } as const;

it('the log of a host that has restarted is not taken for whole', async () => {
  expect(await lawsBroken(rebooted, { failover: careless })).toEqual(new Set());
});

it('a truncated log that is trusted is seen', async () => {
  mutants.handlers.assess = async () => ({
    loss: { verdict: 'none', transactions: 0, names: '', because: 'the log was read to its end' },
  });
  expect(await lawsBroken(rebooted, { failover: careless })).toContain(2);
});

it('two that are promoted are seen', async () => {
  const wiring = broken((link, links) => ({
    promote: async (request, call) => {
      const promoted = await link.promote(request, call);
      await links.get('10.0.0.3:3306')?.promote(request, call);
      return promoted;
    },
  }));
  expect(await lawsBroken([kill(300, 6000)], {}, { wiring })).toContain(1);
});

/** The lines of the promotion went with the controller's machine, and the new primary does not answer. */
const lostLines: readonly PlannedTrouble[] = [
  {
    moment: { step: 'promote', when: 'done' },
    trouble: { kind: 'cut-off', role: 'candidate', forMs: 20_000 },
  },
  {
    moment: { step: 'promote', when: 'done' },
    trouble: { kind: 'machine-crash', restartMs: 500, survivors: 0 },
  },
];

it('a journal that lost lines with its machine and is believed is seen', async () => {
  const scenario: Scenario = { ...quietScenario, route: false, troubles: lostLines };
  expect((await runScenario(scenario)).breaches).toEqual([]);
  const { breaches } = await runScenario(scenario, { wiring: (as) => ({ ...as, sameBoot: () => true }) });
  expect(breaches.map(({ law }) => law)).toContain(1);
});

/** The primary goes on alone, out of reach, and comes back with what its replicas never had. */
const alone: readonly PlannedTrouble[] = [
  { moment: { atMs: 200 }, trouble: { kind: 'cut-replicas', forMs: 9000 } },
  { moment: { atMs: 900 }, trouble: { kind: 'isolate', role: 'primary', forMs: 7000 } },
];
const rejoining = { ...automatic, durability: 'available', maxLoss: 'any', rejoin: 'automatic' } as const;

it('a rejoin leaves the primary’s rows and a file of the rest', async () => {
  expect(await lawsBroken(alone, { failover: rejoining })).toEqual(new Set());
});

it('a rewind that only changes the position is seen', async () => {
  const wiring = broken((link) => ({ rewind: ({ to }, call) => link.adopt(to, call) }));
  expect(await lawsBroken(alone, { failover: rejoining }, { wiring })).toContain('end');
});

it('a surplus that is taken back without having been saved is seen', async () => {
  const wiring: RunOptions['wiring'] = (as) => ({
    ...as,
    shelf: { ...as.shelf, keep: async (name) => name },
  });
  expect(await lawsBroken(alone, { failover: rejoining }, { wiring })).toContain(2);
});
