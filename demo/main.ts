/** `npm run demo`: hands over the primary of a real cluster under load, kills the next, and says what it cost and kept. */
import { awaitInterruption } from '../test/kit/interruption.ts';
import { mysqlUnavailable } from '../test/kit/mysql.ts';
import { moveIn } from './home.ts';
import { type DemoOptions, readOptions, usageText } from './options.ts';
import { showRedis } from './redis/show.ts';
import { Screen } from './screen.ts';
import { showSql } from './show.ts';

const exitCodes = { whole: 0, failed: 1, usage: 2, interrupted: 130 } as const;

async function main(argv: readonly string[]): Promise<number> {
  const options = optionsOf(argv);
  if (options === undefined) return exitCodes.usage;
  if (options.help) {
    process.stdout.write(usageText);
    return exitCodes.whole;
  }
  const screen = new Screen();
  using interruption = awaitInterruption(() => screen.print('\nending everything …'));
  try {
    const whole = await show(options, screen, interruption.signal);
    return whole ? exitCodes.whole : exitCodes.failed;
  } catch (thrown) {
    screen.clearLive();
    if (interruption.signal.aborted) return exitCodes.interrupted;
    process.stderr.write(`demo: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return exitCodes.failed;
  }
}

function optionsOf(argv: readonly string[]): DemoOptions | undefined {
  try {
    return readOptions(argv);
  } catch (thrown) {
    process.stderr.write(
      `demo: ${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${usageText}`,
    );
    return undefined;
  }
}

/** Everything it starts is gone when it returns or throws. */
async function show(
  { once, engine, folder: wanted }: DemoOptions,
  screen: Screen,
  signal: AbortSignal,
): Promise<boolean> {
  const unavailable = engine === 'mysql' ? mysqlUnavailable() : undefined;
  if (unavailable !== undefined) throw new Error(unavailable);
  await using home = await moveIn(wanted);
  const { folder } = home;
  return engine === 'redis'
    ? await showRedis({ once, folder, screen, signal })
    : await showSql({ once, engine, folder, screen, signal });
}

// A reader that has gone away (`| head`, a closed terminal) must not keep the servers from being ended.
process.stdout.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2));
