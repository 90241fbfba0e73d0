/** The world as the CLI sees it; tests hand it another one. */
export interface Output {
  write(text: string): unknown;
}

export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether stdout is a terminal. */
  readonly isTTY: boolean;
  readonly columns?: number | undefined;
  readonly fetch?: typeof fetch;
  /** Ends every wait: fired when the user interrupts. */
  readonly signal?: AbortSignal;
}
