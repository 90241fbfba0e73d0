/**
 * The demo, act by act. First the primary is handed over: what there is, what would happen, that it happens, what
 * writers saw. Then it is killed: who takes over, what writers saw, and how the old one comes back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitOperation } from './await-operation.ts';
import type { Dauphin } from './dauphin.ts';
import { killPrimary } from './kill-primary.ts';
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

/** Writes go on for as long before and after, so that there is something to be lost. */
const SHOWN_MS = 1000;
const TAKE_OVER_MS = 30_000;
const REJOIN_MS = 60_000;

/** Whether every acknowledged write was kept, and kept once. */
export async function perform(scene: Scene): Promise<boolean> {
  const handedOver = await handOver(scene);
  const takenOver = await takeOver(scene);
  return handedOver && takenOver;
}

async function handOver(scene: Scene): Promise<boolean> {
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
  return showWrites(scene);
}

async function takeOver(scene: Scene): Promise<boolean> {
  const { stage, screen, dauphin, signal } = scene;
  screen.act('The primary dies');
  const { name } = await killPrimary(stage, screen);
  const failover = await awaitOperation('failover', stage.controller, { signal, deadlineMs: TAKE_OVER_MS });
  await dauphin.run('explain', failover.id);
  await sleep(SHOWN_MS, undefined, { signal });
  screen.act('What the application saw');
  const whole = await showWrites(scene);
  screen.act('The old one comes back');
  screen.print(`  Nobody asks for it: the agent on its host starts ${name} read-only, and it follows.\n`);
  const rejoin = await awaitOperation('rejoin', stage.controller, { signal, deadlineMs: REJOIN_MS });
  await dauphin.run('explain', rejoin.id);
  screen.act('What there is now');
  await dauphin.run('topology', CLUSTER);
  return whole;
}

async function showWrites({ stage, screen, view }: Scene): Promise<boolean> {
  const before = view.lastPause;
  await view.refresh();
  const { lastPause } = view;
  if (lastPause !== undefined) showPause(screen, lastPause);
  const [records, stats] = [await stage.writer.since(0), await stage.writer.stats()];
  const found = await tally(
    records.map(({ id }) => id),
    stage,
  );
  showTally(screen, found, stats);
  return isWhole(found) && lastPause !== before;
}
