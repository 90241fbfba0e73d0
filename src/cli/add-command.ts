import type { Command } from 'commander';
import type { RunCommand } from './command-context.ts';

/** Adds a command; what it does is loaded when it runs. `usage` and the options beside it say what that gets. */
export type Add = <Argument, Options>(
  usage: string,
  description: string,
  load: () => Promise<RunCommand<Argument, Options>>,
) => Command;
