/** Runs one scenario to its end and says what came of it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OperationStatus } from '../../src/core/operation.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Breach } from '../../src/simulator/invariants.ts';
import type { Wiring } from './controller-process.ts';
import { judge } from './end-state.ts';
import { FaultPlayer } from './fault-player.ts';
import type { Scenario } from './scenario.ts';
import { cluster, World } from './world.ts';

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
  try {
    return await play(world, player);
  } finally {
    world.close();
  }
}

async function play(world: World, player: FaultPlayer): Promise<Verdict> {
  const { controller } = world.startController();
  const seen = (): boolean => {
    const { nodes } = controller.topology(cluster);
    return nodes.length === world.servers.length && nodes.every((node) => node.reachable);
  };
  await until(world, seen, 5000);
  const asked = { cluster, to: 'db2', requestedBy: 'the simulator' };
  let shown: Plan | undefined;
  let answered = false;
  world.brisk = true;
  await until(world, () => false, 30);
  controller.planSwitchover(asked).then(
    (answer) => {
      if (answer.ok) shown = answer.plan;
    },
    () => undefined,
  );
  await until(world, () => shown !== undefined, 2000);
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
  await until(world, closed, patienceMs);
  await until(world, () => false, Math.max(0, began + lastMomentMs - world.clock.monotonic()));
  world.brisk = false;
  await until(world, () => player.active === 0, patienceMs);
  if (!closed()) await until(world, closed, patienceMs);
  await until(world, () => false, settlingMs);
  for (const writer of world.writers) writer.stop();
  await until(world, () => false, 1500);
  judge(world, player, { closed: closed(), shown });
  return verdict(world);
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

/** Lets time pass until something holds, or for so long. Promises run out before time goes on. */
async function until(world: World, holds: () => boolean, forMs: number): Promise<void> {
  const { clock, invariants } = world;
  const end = clock.monotonic() + forMs;
  clock.touched = true;
  for (;;) {
    if (clock.touched) {
      clock.touched = false;
      await nextTurn();
      if (holds()) return;
    }
    if (!clock.step(end)) break;
    invariants.lookAtWriters();
  }
  clock.skipTo(end);
}
