/** Runs one scenario to its end and says what came of it. */
import type { OperationStatus } from '../../src/core/operation.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Breach } from '../../src/simulator/invariants.ts';
import type { Wiring } from './controller-process.ts';
import { judge } from './end-state.ts';
import { FaultPlayer } from './fault-player.ts';
import { passTime } from './pass-time.ts';
import { playFailover } from './run-failover.ts';
import type { Scenario } from './scenario.ts';
import { World } from './world.ts';
import { cluster } from './world-policy.ts';

export interface Verdict {
  readonly scenario: Scenario;
  readonly breaches: readonly Breach[];
  /** `none`: the request never became an operation. */
  readonly status: OperationStatus | 'none';
  readonly summary: string;
  readonly hash: string;
  readonly trace: readonly string[];
  readonly acknowledged: number;
  readonly virtualMs: number;
  readonly heldMs?: number;
}

/** An operation that is not closed this long after the last trouble is one that never ends. */
const patienceMs = 90_000;
const settlingMs = 6_000;
/** Troubles that are planned by the time since the request all come within this. */
const lastMomentMs = 100;

export interface RunOptions {
  readonly wiring?: (wiring: Wiring) => Wiring;
}

export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Verdict> {
  const world = new World(scenario, options.wiring);
  const player = new FaultPlayer(world);
  world.meddler = player;
  // Every wait that is given up makes an error; writing down where costs a tenth of a run.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    if (scenario.failover) await playFailover(world, player);
    else await play(world, player);
    return verdict(world);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    world.close();
  }
}

async function play(world: World, player: FaultPlayer): Promise<void> {
  const { controller } = world.startController();
  const seen = (): boolean => {
    const { nodes } = controller.topology(cluster);
    return nodes.length === world.servers.length && nodes.every((node) => node.reachable);
  };
  await passTime(world, seen, 5000);
  const asked = { cluster, to: 'db2', requestedBy: 'the simulator' };
  let shown: Plan | undefined;
  let answered = false;
  world.brisk = true;
  await passTime(world, () => false, 30);
  controller.planSwitchover(asked).then(
    (answer) => {
      if (answer.ok) shown = answer.plan;
    },
    () => undefined,
  );
  await passTime(world, () => shown !== undefined, 2000);
  world.trace.add('request', 'switchover to db2');
  const began = world.clock.monotonic();
  player.begin();
  controller.switchover(asked).then(
    () => {
      answered = true;
    },
    (thrown: unknown) => {
      answered = true;
      world.trace.add('request', `fails: ${String(thrown)}`);
    },
  );
  const first = world.controllers[0]?.process;
  const closed = (): boolean => {
    const operation = world.record.last?.operation;
    return operation === undefined ? answered || first?.dead === true : operation.status !== 'running';
  };
  await passTime(world, closed, patienceMs);
  await passTime(world, () => false, Math.max(0, began + lastMomentMs - world.clock.monotonic()));
  world.brisk = false;
  await passTime(world, () => player.active === 0, patienceMs);
  if (!closed()) await passTime(world, closed, patienceMs);
  await passTime(world, () => false, settlingMs);
  for (const writer of world.writers) writer.stop();
  await passTime(world, () => false, 1500);
  judge(world, player, { closed: closed(), shown });
}

function verdict(world: World): Verdict {
  const operation = world.record.last?.operation;
  const heldMs = operation?.outcome?.heldMs;
  return {
    scenario: world.scenario,
    breaches: world.invariants.breaches,
    status: operation?.status ?? 'none',
    summary: operation?.outcome?.summary ?? '',
    hash: world.trace.hash,
    trace: world.trace.lines,
    acknowledged: world.invariants.acknowledged.length,
    virtualMs: world.clock.monotonic(),
    ...(heldMs === undefined ? {} : { heldMs }),
  };
}
