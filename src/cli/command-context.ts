/** What a command works with: the controller, the terminal, and how to print on it. */
import { ApiClient } from './api-client.ts';
import type { CliIo } from './cli-io.ts';
import type { ExitCode } from './exit-code.ts';
import { createPalette, type Palette } from './palette.ts';
import { type GlobalOptions, readSettings } from './settings.ts';

export interface CommandContext {
  readonly io: CliIo;
  readonly client: ApiClient;
  readonly palette: Palette;
  readonly colour: boolean;
  /** Columns to fit sentences into; undefined when nobody looks at it on a terminal. */
  readonly width: number | undefined;
  readonly json: boolean;
  /** Writes text that ends with its own line break. */
  readonly print: (text: string) => void;
  /** Writes what the API answered, for machines. */
  readonly printJson: (value: unknown) => void;
}

/** Options come as commander parsed them; what they may be is declared in program.ts. */
export type RunCommand<Argument, Options> = (
  context: CommandContext,
  argument: Argument,
  options: Options,
) => Promise<ExitCode>;

export async function createContext(options: GlobalOptions, io: CliIo): Promise<CommandContext> {
  const { url, token, json, colour } = await readSettings(options, io);
  const client = new ApiClient({
    url,
    ...(token === undefined ? {} : { token }),
    ...(io.fetch === undefined ? {} : { fetch: io.fetch }),
    ...(io.signal === undefined ? {} : { signal: io.signal }),
  });
  const print = (text: string): void => void io.stdout.write(text);
  const printJson = (value: unknown): void => print(`${JSON.stringify(value, null, 2)}\n`);
  const width = io.isTTY ? io.columns : undefined;
  return { io, client, palette: createPalette(colour), colour, width, json, print, printJson };
}

/** `?cluster=orders`, or nothing. */
export function clusterQuery(cluster: string | undefined): string {
  return cluster === undefined ? '' : `?cluster=${encodeURIComponent(cluster)}`;
}
