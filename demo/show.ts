/** The demo of MariaDB or MySQL, from the first server to the last. */
import { perform, type Scene } from './acts.ts';
import { Dauphin } from './dauphin.ts';
import { play } from './play.ts';
import { type Staging, setStage } from './stage.ts';
import { WritesView } from './writes-view.ts';

export interface SqlShow extends Staging {
  /** Ends after the acts; otherwise it goes on until the signal comes. */
  readonly once: boolean;
}

/** Whether every acknowledged write was kept, and kept once. What it starts is gone when it returns or throws. */
export async function showSql({ once, ...staging }: SqlShow): Promise<boolean> {
  const { screen, signal } = staging;
  screen.title('Dauphin replaces the primary of a real cluster, alive and dead, under load.');
  screen.print();
  await using stage = await setStage(staging);
  const dauphin = new Dauphin(stage.controller, screen, signal);
  const scene: Scene = { stage, screen, dauphin, view: new WritesView(stage.writer), signal };
  const whole = await perform(scene);
  if (once) {
    screen.print('\nStopping everything.');
    return whole;
  }
  const stillWhole = await play(scene);
  return whole && stillWhole;
}
