/** Entry: the CLI, and `serve`, which runs the controller. */
import { runCli } from './cli/program.ts';

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
      if (command.name() !== 'serve') process.once('SIGINT', () => interrupted.abort());
    });
    program
      .command('serve')
      .description('run the controller')
      .option('--config <file>', 'the configuration (default dauphin.yaml)')
      .action(async ({ config }: { config?: string }) => (await import('./serve.ts')).serve(config));
  },
);
