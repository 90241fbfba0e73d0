/** Entry: the CLI, and `serve`, which runs the controller. */
import type { Command } from 'commander';
import type { AgentOptions } from './agent.ts';
import { runCli } from './cli/program.ts';
import type { ImportOptions } from './import-sentinel.ts';

const interrupted = new AbortController();

process.exitCode = await runCli(
  process.argv.slice(2),
  {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    isTTY: process.stdout.isTTY,
    columns: process.stdout.columns,
    signal: interrupted.signal,
  },
  (program) => {
    program.hook('preAction', (_program, command) => {
      if (!['serve', 'agent'].includes(command.name())) process.once('SIGINT', () => interrupted.abort());
    });
    program
      .command('serve')
      .description('run the controller')
      .option('--config <file>', 'the configuration (default dauphin.yaml)')
      .action(async ({ config }: { config?: string }) => (await import('./serve.ts')).serve(config));
    program
      .command('import')
      .description('make a configuration out of that of another tool')
      .command('sentinel <file>')
      .description("out of Redis Sentinel's sentinel.conf")
      .option('--environment-file <file>', 'a new file for the passwords, which the configuration only names')
      .action(async (file: string, options: ImportOptions) => {
        (await import('./import-sentinel.ts')).importSentinel(file, options, process);
      });
    program
      .command('agent')
      .description('run the agent beside a database server')
      .requiredOption('--config <file>', 'its configuration')
      .option('--join <url>', 'the controller to get a certificate from')
      .option('--token <token>', 'what `dauphin agent-token` printed')
      .option('--token-file <file>', 'a file that holds it')
      .action(async (_options: object, command: Command) => {
        // The program has two options of these names too, and takes them.
        const options = command.optsWithGlobals<AgentOptions>();
        await (await import('./agent.ts')).agent(options);
      });
  },
);
