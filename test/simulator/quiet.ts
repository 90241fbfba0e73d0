/**
 * Faults that must not lead to a failover, one after the other for long: the primary restarts within the grace
 * period, its disk stalls for no longer, only the controller is cut off from it, only its replicas are. For the tests and for `bench -- failover`.
 */
import { Random } from '../../src/simulator/random.ts';
import { FaultPlayer } from './fault-player.ts';
import { passTime } from './pass-time.ts';
import { automatic, type PlannedTrouble, quietFailover, type Scenario, type Trouble } from './scenario.ts';
import { World } from './world.ts';
import { cluster } from './world-policy.ts';

export interface QuietRun {
  readonly seed: number;
  readonly engine: Scenario['engine'];
  readonly minutes: number;
  readonly agents: boolean;
}

export interface QuietResult {
  /** How many of each kind were played. */
  readonly faults: Readonly<Record<string, number>>;
  /** Failovers that began, whatever became of them. Each one is false. */
  readonly failovers: number;
  readonly breaches: readonly string[];
  readonly virtualMs: number;
  readonly acknowledged: number;
}

const graceMs = 10_000;
/** After a fault is over, for everybody to find each other again. */
const restMs: readonly [number, number] = [3000, 9000];

export async function playQuiet(run: QuietRun): Promise<QuietResult> {
  const scenario: Scenario = {
    ...quietFailover,
    seed: run.seed,
    engine: run.engine,
    failover: { ...automatic, agents: run.agents, graceMs, durability: 'available', maxLoss: 'any' },
    troubles: troubles(run),
  };
  const world = new World(scenario);
  const player = new FaultPlayer(world);
  world.meddler = player;
  try {
    const { controller } = world.startController();
    const seen = (): boolean => controller.topology(cluster).nodes.every((node) => node.reachable);
    await passTime(world, seen, 5000);
    player.begin();
    await passTime(world, () => false, run.minutes * 60_000);
    return resultOf(world);
  } finally {
    world.close();
  }
}

function resultOf({ scenario, record, invariants, clock }: World): QuietResult {
  const faults: Record<string, number> = {};
  for (const { trouble } of scenario.troubles) faults[trouble.kind] = (faults[trouble.kind] ?? 0) + 1;
  const operations = [...record.operations.values()].map(({ operation }) => operation);
  return {
    faults,
    failovers: operations.filter(({ kind, status }) => kind === 'failover' && status !== 'refused').length,
    breaches: invariants.breaches.map(({ law, what }) => `law ${law}: ${what}`),
    virtualMs: clock.monotonic(),
    acknowledged: invariants.acknowledged.length,
  };
}

function troubles({ seed, minutes }: QuietRun): readonly PlannedTrouble[] {
  const random = new Random(seed);
  const planned: PlannedTrouble[] = [];
  for (let atMs = 2000; atMs < (minutes - 0.5) * 60_000; ) {
    const forMs = random.between(300, random.chance(0.2) ? 60_000 : 8000);
    const trouble = quietTrouble(random, forMs);
    planned.push({ moment: { atMs }, trouble });
    atMs += ('forMs' in trouble ? trouble.forMs : 0) + random.between(...restMs);
  }
  return planned;
}

const quietKinds = ['restart', 'cut-off', 'cut-replicas', 'one-way', 'weather', 'disk-stall'] as const;

function quietTrouble(random: Random, forMs: number): Trouble {
  const role = 'primary' as const;
  switch (random.pick(quietKinds)) {
    case 'restart':
      return { kind: 'kill', role, forMs: Math.min(forMs, graceMs * 0.8), comesBack: 'writable' };
    case 'disk-stall':
      return { kind: 'disk-stall', role, forMs: Math.min(forMs, graceMs * 0.8) };
    case 'cut-off':
      return { kind: 'cut-off', role, forMs };
    case 'cut-replicas':
      return { kind: 'cut-replicas', forMs };
    case 'one-way':
      return { kind: 'one-way', role, direction: random.pick(['to', 'from'] as const), forMs };
    default:
      return { kind: 'weather', role, loss: 0.3, forMs };
  }
}
