/**
 * Ctrl-C and its kin, for programs that have to put things in order before they end. The first one asks; the second
 * ends the process at once, and with it whatever it has started (see living-children.ts).
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruption extends Disposable {
  /** Fired by the first signal; the reason is an `AbortError` that names it. */
  readonly signal: AbortSignal;
}

export function awaitInterruption(onFirst: () => void = () => undefined): Interruption {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new DOMException(name, 'AbortError'));
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
