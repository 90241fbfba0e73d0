/** A failover that finds something running that can wait: how long that keeps it, and others. */
import { afterEach, expect, it } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import type { PlanKind } from '../../src/core/plan.ts';
import { passTime } from './pass-time.ts';
import { automatic, quietFailover } from './scenario.ts';
import { World } from './world.ts';
import { cluster } from './world-policy.ts';

const requestedBy = 'the simulator';
const never = (): boolean => false;
const worlds: World[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

function operationOf({ record }: World, kind: PlanKind, nth = 1): Operation | undefined {
  const all = [...record.operations.values()].map(({ operation }) => operation);
  return all.filter((each) => each.kind === kind)[nth - 1];
}

/** db1 was replaced by db2, and is being made a replica of it. */
async function rejoining(): Promise<World> {
  const failover = { ...automatic, durability: 'available', maxLoss: 'any' } as const;
  const world = new World({ ...quietFailover, failover });
  worlds.push(world);
  const { controller } = world.startController();
  const seen = (): boolean => {
    const { nodes } = controller.topology(cluster);
    return nodes.length === world.servers.length && nodes.every((node) => node.reachable);
  };
  await passTime(world, seen, 5000);
  world.server('db1').traits.startsWritable = false;
  world.server('db1').kill();
  await passTime(world, () => operationOf(world, 'failover')?.status === 'succeeded', 30_000);
  await passTime(world, never, 3000);
  world.host('db1').startServer();
  await passTime(world, seen, 10_000);
  controller.acknowledge(cluster, { comment: 'once more', requestedBy }).catch(() => undefined);
  await passTime(world, never, 100);
  controller.rejoin({ cluster, server: 'db1', requestedBy }).catch(() => undefined);
  await passTime(world, () => operationOf(world, 'rejoin')?.status === 'running', 5000);
  return world;
}

/** db2 hangs meanwhile. */
async function rejoinCutShort(): Promise<World> {
  const world = await rejoining();
  world.server('db2').hang();
  await passTime(world, never, 100);
  return world;
}

it('a failover that cuts a rejoin short does not wait for looks at the dead primary', async () => {
  const world = await rejoinCutShort();
  const deaths = (): number => world.trace.lines.filter((line) => line.includes('primary.dead')).length;
  await passTime(world, () => deaths() === 2, 10_000);
  const died = world.clock.monotonic();
  expect(operationOf(world, 'rejoin')?.status).toBe('running');
  await passTime(world, () => operationOf(world, 'failover', 2) !== undefined, 10_000);
  // Each look at it takes a second.
  expect(world.clock.monotonic() - died).toBeLessThan(500);
  expect(operationOf(world, 'rejoin')?.status).toBe('failed');
});

it('an operation that cannot be closed without a store keeps a failover waiting for seconds only', async () => {
  const world = await rejoinCutShort();
  world.storeTrouble.unwritable = true;
  const asked = world.clock.monotonic();
  let answered = false;
  const answer = (): void => {
    answered = true;
  };
  world.current?.controller.failover({ cluster, requestedBy }).then(answer, answer);
  await passTime(world, () => answered, 30_000);
  expect(world.clock.monotonic() - asked).toBeLessThan(4000);
});

it('a rejoin that only looks at its result yet ends at once when a failover wants its place', async () => {
  const world = await rejoining();
  const record = [...world.record.operations.values()].find(({ operation }) => operation.kind === 'rejoin');
  const steps = record?.operation.plan?.steps.length;
  await passTime(world, () => record?.done.size === steps, 10_000);
  expect(record?.operation.status).toBe('running');
  world.server('db2').hang();
  await passTime(world, never, 5);
  const asked = world.clock.monotonic();
  world.current?.controller.failover({ cluster, requestedBy }).catch(() => undefined);
  await passTime(world, () => record?.operation.status === 'succeeded', 10_000);
  expect(world.clock.monotonic() - asked).toBeLessThan(500);
});
