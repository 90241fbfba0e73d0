/** Wakes those who wait for a change. Carries no data: they look for themselves, so nothing queues up for the slow. */
export class Bell {
  readonly #waiting: Set<() => void> = new Set();

  /** Resolves at the next ring or with the signal. Register before anything else can run, or a ring is missed. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  ring(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
