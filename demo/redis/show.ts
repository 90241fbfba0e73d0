/** The demo of Redis Cluster, from the first server to the last. */
import { Dauphin } from '../dauphin.ts';
import { perform, type Scene } from './acts.ts';
import { play } from './play.ts';
import { type Staging, setStage } from './stage.ts';
import { WritesView } from './writes-view.ts';

export interface RedisShow extends Staging {
  /** Ends after the acts; otherwise it goes on until the signal comes. */
  readonly once: boolean;
}

/** Whether all went as it should. What it starts is gone when it returns or throws. */
export async function showRedis({ once, ...staging }: RedisShow): Promise<boolean> {
  const { screen, signal } = staging;
  screen.title('Dauphin replaces primaries of a real Redis Cluster, alive and dead, under load.');
  screen.print();
  await using stage = await setStage(staging);
  const dauphin = new Dauphin(stage.controller, screen, signal);
  const scene: Scene = { stage, screen, dauphin, view: new WritesView(stage.application), signal };
  const whole = await perform(scene);
  if (once) {
    screen.print('\nStopping everything.');
    return whole;
  }
  const stillWhole = await play(scene);
  return whole && stillWhole;
}
