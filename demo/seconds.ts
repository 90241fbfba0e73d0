/** What goes on, in one line that is renewed each second, until the signal comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listenToKeys } from './keys.ts';
import type { Screen } from './screen.ts';

const TICK_MS = 1000;

export interface Seconds {
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** The key `k`. */
  kill(): Promise<unknown>;
  tick(): Promise<string>;
}

export async function showSeconds({ screen, signal, kill, tick }: Seconds): Promise<void> {
  using _keys = listenToKeys((key) => {
    if (key !== 'k') return;
    kill().catch((thrown: unknown) => screen.print(`  ${String(thrown)}`));
  });
  while (!signal.aborted) {
    screen.live(screen.fitted(await tick()));
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}
