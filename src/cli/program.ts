/**
 * The command line: which commands, arguments and options there are. What a command does is loaded only when
 * it runs, so that `dauphin --help` is there at once.
 */
import { Command, CommanderError, Option } from 'commander';
import type { Add } from './add-command.ts';
import { durationMs, wholeNumber } from './arguments.ts';
import type { CliIo } from './cli-io.ts';
import type { CommandContext, RunCommand } from './command-context.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { addReshaping, planned } from './reshape-commands.ts';
import type { GlobalOptions } from './settings.ts';

/** Adds commands that do more than talk to the API (`serve`); they report their exit code through `end`. */
export type ExtendProgram = (program: Command, end: (code: ExitCode) => void) => void;

/** `argv` without the program's own name. Never throws and never ends the process. */
export async function runCli(argv: readonly string[], io: CliIo, extend?: ExtendProgram): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(io, (ended) => {
    code = ended;
  });
  extend?.(program, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return (await import('./report-error.ts')).reportError(thrown, io);
  }
}

function createProgram(io: CliIo, end: (code: ExitCode) => void): Command {
  const program = new Command('dauphin')
    .description('One control plane for the primary of every database you run.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.columns ?? 80,
      getErrHelpWidth: () => io.columns ?? 80,
      outputError: (text, write) => write(`${text.replace(/^error: /, 'dauphin: ').trimEnd()}\n`),
    })
    .configureHelp({ showGlobalOptions: true })
    .option('--url <url>', 'the controller (env DAUPHIN_URL; default http://127.0.0.1:7432)')
    .option('--token <token>', 'the bearer token (env DAUPHIN_TOKEN)')
    .option('--token-file <file>', 'a file that holds it (env DAUPHIN_TOKEN_FILE; default ./.dauphin/token)')
    .option('--json', 'print what the API answers')
    .option('--no-color', 'print without colour (env NO_COLOR)')
    .addHelpText('after', '\nExit status: 0 done, 1 failed, 2 wrong usage or unknown name, 3 refused.');
  program.showHelpAfterError('  hint: add --help to see what there is');
  const add = <Argument, Options>(
    usage: string,
    description: string,
    load: () => Promise<RunCommand<Argument, Options>>,
  ): Command =>
    program
      .command(usage)
      .description(description)
      .action(async (...given: unknown[]) => {
        const command = given.at(-1) as Command;
        const context = await contextOf(command, io);
        const run = await load();
        // Commander's actions are untyped; `usage` and the options beside it say what they get.
        end(await run(context, given.slice(0, -2) as Argument, command.opts() as Options));
      });
  addCommands(add);
  addAgentCommands(add);
  return program;
}

async function contextOf(command: Command, io: CliIo): Promise<CommandContext> {
  const { createContext } = await import('./command-context.ts');
  return createContext(command.optsWithGlobals<GlobalOptions>(), io);
}

function addCommands(add: Add): void {
  add('clusters', 'all clusters', async () => (await import('./commands/clusters.ts')).clusters);
  add('topology [cluster]', 'who is primary and who follows whom', async () => {
    return (await import('./commands/topology.ts')).topology;
  });
  add('servers [cluster]', 'all servers', async () => (await import('./commands/servers.ts')).servers);
  add('findings [cluster]', 'what is wrong', async () => (await import('./commands/findings.ts')).findings);
  add('check <cluster>', 'what is wrong; exit status 1 when anything of it is critical', async () => {
    return (await import('./commands/findings.ts')).check;
  });
  add('discover <cluster> <address>', 'take a server up, with all its neighbours', async () => {
    return (await import('./commands/discover.ts')).discover;
  });
  addHandOvers(add);
  addReshaping(add);
  addOrders(add);
  add('operations [cluster]', 'what was done, newest first', async () => {
    return (await import('./commands/operations.ts')).operations;
  }).option('--limit <number>', 'how many', wholeNumber, 20);
  add('explain <operation>', 'the story of one operation', async () => {
    return (await import('./commands/explain.ts')).explain;
  });
  add('events', 'what happens, as it happens', async () => (await import('./commands/events.ts')).events)
    .option('--operation <id>', 'only of this operation')
    .option('--after <revision>', 'go on after this event', wholeNumber);
}

const modeOption = (): Option =>
  new Option(
    '--mode <mode>',
    'of Redis Cluster: with the primary’s help, without it, or by its own word',
  ).choices(['default', 'force', 'takeover']);

function addHandOvers(add: Add): void {
  add('switchover <cluster>', 'hand the primary role over', async () => {
    return (await import('./commands/hand-over.ts')).switchover;
  })
    .option('--to <server>', 'the new primary, by name, address or id; without it the best one is chosen')
    .addOption(modeOption())
    .option('--dry-run', 'show the plan and change nothing')
    .option('--no-wait', 'return as soon as it is written down');
  add('failover <cluster>', 'take over from a dead primary', async () => {
    return (await import('./commands/hand-over.ts')).failover;
  })
    .option(
      '--to <server>',
      'the new primary, by name, address or id; without it the best survivor is chosen',
    )
    .addOption(modeOption())
    .option('--accept-data-loss', 'go on although acknowledged writes may be lost; on record with your name')
    .option('--reason <text>', 'why the loss is accepted, for the journal')
    .option('--dry-run', 'show the plan and change nothing')
    .option('--no-wait', 'return as soon as it is written down');
  planned(
    add('rejoin <cluster> <server>', 'make a former primary a replica of the primary', async () => {
      return (await import('./commands/hand-over.ts')).rejoin;
    }),
  );
  add(
    'repair <cluster> <server>',
    'rid a replica of transactions that never were on the primary',
    async () => {
      return (await import('./commands/hand-over.ts')).repair;
    },
  )
    .addOption(
      new Option('--by <means>', 'how; without it, by what failover.restore allows').choices([
        'empty',
        'flashback',
        'clone',
      ]),
    )
    .option('--dry-run', 'show the plan and change nothing')
    .option('--no-wait', 'return as soon as it is written down');
  planned(
    add(
      'relocate <cluster> <server>',
      'put the replicas of a dead intermediate source under another',
      async () => (await import('./commands/hand-over.ts')).relocate,
    ),
  );
}

/** What people order at run time. */
function addOrders(add: Add): void {
  add(
    'abandon <operation>',
    'give up an operation that cannot learn what became of its candidate, or stop a reshape',
    async () => {
      return (await import('./commands/abandon.ts')).abandon;
    },
  )
    .requiredOption('--reason <text>', 'why; on record with your name')
    .option('--candidate-down', 'you have seen to it that the candidate takes no writes');
  add(
    'acknowledge <cluster>',
    'what happened is understood: the next failover may be automatic',
    async () => {
      return (await import('./commands/orders.ts')).acknowledge;
    },
  ).requiredOption('--comment <text>', 'what was found; on record with your name');
  addDowntime(
    add('downtime <server>', 'no automatic failover from a server, and no candidate', async () => {
      return (await import('./commands/orders.ts')).downtime;
    }).option('--cluster <cluster>', 'where the same name is in several'),
  );
  addDowntime(
    add('maintenance <cluster>', 'no automatic failover, relocation or rejoin', async () => {
      return (await import('./commands/orders.ts')).maintenance;
    }),
  );
}

function addDowntime(command: Command): void {
  command
    .option('--for <duration>', 'how long, such as 30m or 2h', durationMs, 3_600_000)
    .option('--reason <text>', 'why, for those who wonder')
    .option('--end', 'it is over now');
}

function addAgentCommands(add: Add): void {
  add('agent-token', 'a one-time token with which a new agent joins', async () => {
    return (await import('./commands/agent-token.ts')).agentToken;
  })
    .option('--server <address>', 'host:port of the agent; its certificate is for that host alone')
    .option('--list', 'the tokens that wait, and what was revoked, in place of a new one');
  add('agent-revoke <host>', 'the certificates of the agent on a host count no more', async () => {
    return (await import('./commands/agent-revoke.ts')).agentRevoke;
  });
}
