/** After the show everything goes on: says what to try, and shows each second what the application sees. */
import { relative } from 'node:path';
import { durationText } from '../../src/cli/time-text.ts';
import { clock } from '../../test/kit/machine-clock.ts';
import { showSeconds } from '../seconds.ts';
import { CLUSTER } from '../stage.ts';
import type { Scene } from './acts.ts';
import { killPrimary, primariesOf, startReplaced } from './primaries.ts';
import { showTally, tally } from './tally.ts';
import type { ShardPause, Watch } from './writes-view.ts';

/** Shorter ones are the machine's. */
const NOTEWORTHY_MS = 30;

/** Returns when the signal comes: whether the writes could be counted once more, and any were made. */
export async function play(scene: Scene): Promise<boolean> {
  const { stage, screen, signal } = scene;
  await showCommands(scene);
  const tick = await ticking(scene);
  await showSeconds({ screen, signal, kill: () => killPrimary(stage, screen), tick });
  screen.act('The end');
  return finalTally(scene);
}

async function ticking(scene: Scene): Promise<() => Promise<string>> {
  const { stage, view } = scene;
  let watch: Watch = await view.watch(stage);
  let last: ShardPause | undefined;
  return async () => {
    const { fresh, stats } = await view.refresh();
    // Taken before, so that no pause falls between two looks.
    const from = clock.nowUs();
    const [longest] = await view.pauses(watch);
    watch = { ...watch, from };
    if (longest !== undefined && longest.ms >= NOTEWORTHY_MS) last = longest;
    const primaries = await primariesOf(stage).catch(() => []);
    await startReplaced(stage).catch(() => undefined);
    return [
      new Date().toTimeString().slice(0, 8),
      `${String(fresh.length).padStart(3)} writes/s on ${primaries.map(({ name }) => name).join(' ')}`,
      last === undefined ? 'no pause yet' : `last pause ${durationText(last.ms)}`,
      `${stats.unknown} failed`,
    ].join(' · ');
  };
}

async function finalTally({ stage, screen, view }: Scene): Promise<boolean> {
  try {
    await stage.application.stop();
    const { stats } = await view.refresh();
    const found = await tally(view.records, stage);
    showTally(screen, found, stats);
    return found.acknowledged > 0;
  } catch (thrown) {
    // Whoever plays may have killed everything, and that is no failure of the demo.
    screen.print(`  not counted: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return true;
  }
}

async function showCommands({ stage, screen }: Scene): Promise<void> {
  const { cluster, controller } = stage;
  const [victim = cluster.primary] = await primariesOf(stage);
  const { host, port } = victim.address;
  screen.act('Now it is yours');
  screen.print('Everything goes on until Ctrl-C. In another terminal, in this folder:\n');
  screen.print(`  export DAUPHIN_URL=${controller.url}`);
  screen.print(`  export DAUPHIN_TOKEN_FILE=${relative('.', controller.tokenFile)}\n`);
  screen.hint(`npm run dauphin -- topology ${CLUSTER}`, 'or, at once, bin/dauphin …');
  screen.hint(`bin/dauphin switchover ${CLUSTER} --to db1`, 'to whom you like');
  screen.hint('bin/dauphin operations', 'what was done');
  screen.hint('bin/dauphin explain ID', 'how it went');
  screen.hint('bin/dauphin events', 'what happens, as it happens');
  screen.hint(`redis-cli -c -h ${host} -p ${port}`, 'any of them leads to all keys');
  screen.print();
  if (screen.isTTY) screen.hint('k', 'the key: kills a primary');
  screen.hint(`kill -KILL ${victim.pid}`, `${victim.name} is dead`);
  screen.print();
}
