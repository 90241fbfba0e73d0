/** Brings up one part of a stage after the other: each is shown as a step, and ended with the stage. */
import type { Screen } from './screen.ts';

export interface Raising {
  readonly resources: AsyncDisposableStack;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export type Raise = <Part extends AsyncDisposable>(
  label: string,
  starting: Promise<Part>,
  tell: (part: Part) => string,
) => Promise<Part>;

/** What it gives throws once the signal has come; what was started by then is `resources`' to end. */
export function raising({ resources, screen, signal }: Raising): Raise {
  return async (label, starting, tell) => {
    const part = resources.use(await screen.step(label, starting, tell));
    signal.throwIfAborted();
    return part;
  };
}
