/** Plays one failover scenario to its end and says what came of it. */

import { judgeFailover } from './failover-end.ts';
import type { FaultPlayer } from './fault-player.ts';
import { passTime } from './pass-time.ts';
import type { World } from './world.ts';
import { cluster } from './world-policy.ts';

const patienceMs = 90_000;
/** Everything that is planned by the time has begun by then. */
const firstMs = 4200;
/** For a failover that is refused and tried again, routes and rejoins. */
const settlingMs = 8000;

export async function playFailover(world: World, player: FaultPlayer): Promise<void> {
  const { controller } = world.startController();
  const seen = (): boolean => {
    const { nodes } = controller.topology(cluster);
    return nodes.length === world.servers.length && nodes.every((node) => node.reachable);
  };
  await passTime(world, seen, 5000);
  world.brisk = true;
  await passTime(world, () => false, 30);
  if (world.scenario.failover?.switchover) {
    controller.switchover({ cluster, to: 'db2', requestedBy: 'the simulator' }).catch((thrown: unknown) => {
      world.trace.add('request', `fails: ${String(thrown)}`);
    });
  }
  player.begin();
  await passTime(world, () => false, firstMs);
  world.brisk = false;
  const quiet = (): boolean => player.active === 0 && !running(world);
  await passTime(world, quiet, patienceMs);
  await passTime(world, () => false, settlingMs);
  await passTime(world, quiet, patienceMs);
  for (const writer of world.writers) writer.stop();
  await passTime(world, () => false, 3000);
  await passTime(world, quiet, patienceMs);
  await judgeFailover(world, player);
}

const running = ({ record }: World): boolean =>
  [...record.operations.values()].some(({ operation }) => operation.status === 'running');
