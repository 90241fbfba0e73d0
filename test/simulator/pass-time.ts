/** Lets the virtual time of a world pass, and has its laws looked at after everything that happens. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { World } from './world.ts';

/** So many events at one moment are a loop that never ends. */
const mostAtOnce = 200_000;

/** Until something holds, or for so long. Promises run out before time goes on. */
export async function passTime(world: World, holds: () => boolean, forMs: number): Promise<void> {
  const { clock, invariants, laws, scenario } = world;
  const end = clock.monotonic() + forMs;
  let atOnce = 0;
  let last = -1;
  clock.touched = true;
  for (;;) {
    if (clock.touched) {
      clock.touched = false;
      await nextTurn();
      if (holds()) return;
    }
    if (!clock.step(end)) break;
    atOnce = clock.monotonic() === last ? atOnce + 1 : 0;
    last = clock.monotonic();
    if (atOnce > mostAtOnce) throw new Error(`time stands still at ${last}`);
    if (scenario.failover) laws.look();
    invariants.lookAtWriters();
  }
  clock.skipTo(end);
}
