/** The demo in five acts: what there is, what would happen, that it happens, what writers saw, what there is now. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dauphin } from './dauphin.ts';
import type { Screen } from './screen.ts';
import { CLUSTER, type Stage } from './stage.ts';
import { isWhole, showPause, showTally, tally } from './tally.ts';
import type { WritesView } from './writes-view.ts';

export interface Scene {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly dauphin: Dauphin;
  readonly view: WritesView;
  readonly signal: AbortSignal;
}

/** Writes go on for as long before and after the hand-over, so that there is something to be lost. */
const SHOWN_MS = 1000;

/** Whether every acknowledged write was kept, and kept once. */
export async function perform(scene: Scene): Promise<boolean> {
  const { screen, dauphin, view, signal } = scene;
  screen.act('What there is');
  await dauphin.run('topology', CLUSTER);
  screen.act('What would happen');
  await dauphin.run('switchover', CLUSTER, '--dry-run');
  await sleep(SHOWN_MS, undefined, { signal });
  await view.refresh();
  screen.act('It happens');
  await dauphin.run('switchover', CLUSTER);
  await sleep(SHOWN_MS, undefined, { signal });
  screen.act('What the application saw');
  const whole = await showWrites(scene);
  screen.act('What there is now');
  await dauphin.run('topology', CLUSTER);
  return whole;
}

async function showWrites({ stage, screen, view }: Scene): Promise<boolean> {
  await view.refresh();
  const { lastPause } = view;
  if (lastPause !== undefined) showPause(screen, lastPause);
  const [records, stats] = [await stage.writer.since(0), await stage.writer.stats()];
  const found = await tally(
    records.map(({ id }) => id),
    stage,
  );
  showTally(screen, found, stats);
  return isWhole(found) && lastPause !== undefined;
}
