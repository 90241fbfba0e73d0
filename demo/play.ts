/** After the show everything goes on: says what to try, and shows each second what the application sees. */
import { relative } from 'node:path';
import { durationText } from '../src/cli/time-text.ts';
import type { DatabaseServer } from '../test/kit/database-server.ts';
import type { Scene } from './acts.ts';
import { killPrimary, pidFile } from './kill-primary.ts';
import type { Screen } from './screen.ts';
import { showSeconds } from './seconds.ts';
import { CLUSTER, type Stage } from './stage.ts';
import { isWhole, primaryOf, showTally, tally } from './tally.ts';
import type { SeenPause, WritesView } from './writes-view.ts';

/** Silence as long as this is not the rhythm of the writes any more. */
const SILENCE_MS = 500;

/** Returns when the signal comes: whether every acknowledged write was kept. */
export async function play(scene: Scene): Promise<boolean> {
  const { stage, screen, view, signal } = scene;
  await showCommands(screen, stage);
  await showSeconds({
    screen,
    signal,
    kill: () => killPrimary(stage, screen),
    tick: async () => {
      const [fresh, stats] = [await view.refresh(), await stage.writer.stats()];
      return tickText(view, fresh, stats.refused + stats.unknown);
    },
  });
  screen.act('The end');
  return finalTally(stage, screen);
}

async function finalTally(stage: Stage, screen: Screen): Promise<boolean> {
  const { ids, stats } = await stage.writer.stop();
  try {
    const found = await tally(ids, stage);
    showTally(screen, found, stats);
    return isWhole(found);
  } catch (thrown) {
    // Whoever plays may have killed everything, and that is no failure of the demo.
    screen.print(`  not counted: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return true;
  }
}

async function showCommands(screen: Screen, stage: Stage): Promise<void> {
  const { cluster, controller, proxy } = stage;
  const { host, port } = proxy.address;
  const primary = await primaryOf(stage);
  const victim = cluster.servers.find((server) => server !== primary) ?? primary;
  const client = cluster.engine === 'mariadb' ? 'mariadb' : 'mysql';
  const processOf = (server: DatabaseServer): string => `$(cat ${relative('.', pidFile(server))})`;
  screen.act('Now it is yours');
  screen.print('Everything goes on until Ctrl-C. In another terminal, in this folder:\n');
  screen.print(`  export DAUPHIN_URL=${controller.url}`);
  screen.print(`  export DAUPHIN_TOKEN_FILE=${relative('.', controller.tokenFile)}\n`);
  screen.hint(`npm run dauphin -- topology ${CLUSTER}`, 'or, at once, bin/dauphin …');
  screen.hint(`bin/dauphin switchover ${CLUSTER} --to db3`, 'to whom you like');
  screen.hint('bin/dauphin operations', 'what was done');
  screen.hint('bin/dauphin explain ID', 'how it went');
  screen.hint('bin/dauphin events', 'what happens, as it happens');
  screen.hint(`${client} -h ${host} -P ${port} -uapp -papp app`, 'always the primary');
  screen.print();
  if (screen.isTTY) screen.hint('k', 'the key: kills the primary, and another takes over');
  screen.print(`  kill -KILL ${processOf(primary)}`);
  screen.hint('', `${primary.name}, the primary now, is dead; the same with -STOP: it hangs`);
  screen.print(`  kill -KILL ${processOf(victim)}; sleep 3; bin/dauphin findings`);
  screen.hint('', `${victim.name}, a replica, is dead`);
  screen.print();
}

function tickText(view: WritesView, writes: number, failed: number): string {
  const silentMs = view.lastAckedAt === undefined ? 0 : Date.now() - view.lastAckedAt / 1000;
  const rate =
    writes === 0 && silentMs > SILENCE_MS
      ? `no writes for ${durationText(silentMs)}`
      : `${String(writes).padStart(3)} writes/s on ${view.server ?? 'none'}`;
  const parts = [
    new Date().toTimeString().slice(0, 8),
    rate,
    view.lastPause === undefined ? 'no pause yet' : `last pause ${pauseOf(view.lastPause)}`,
    `${failed} failed`,
  ];
  return parts.join(' · ');
}

function pauseOf({ ms, from, to }: SeenPause): string {
  return `${durationText(ms)}, ${from === to ? `on ${from}` : `${from} → ${to}`}`;
}
