/** `npm run demo`: hands over the primary of a real cluster under load, kills the next, and says what it cost and kept. */
import { awaitInterruption } from '../test/kit/interruption.ts';
import { mysqlUnavailable } from '../test/kit/mysql.ts';
import { perform, type Scene } from './acts.ts';
import { Dauphin } from './dauphin.ts';
import { moveIn } from './home.ts';
import { type DemoOptions, readOptions, usageText } from './options.ts';
import { play } from './play.ts';
import { Screen } from './screen.ts';
import { setStage } from './stage.ts';
import { WritesView } from './writes-view.ts';

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
  { once, engine, folder }: DemoOptions,
  screen: Screen,
  signal: AbortSignal,
): Promise<boolean> {
  const unavailable = engine === 'mysql' ? mysqlUnavailable() : undefined;
  if (unavailable !== undefined) throw new Error(unavailable);
  await using home = await moveIn(folder);
  screen.title('Dauphin replaces the primary of a real cluster, alive and dead, under load.');
  screen.print();
  await using stage = await setStage({ engine, folder: home.folder, screen, signal });
  const dauphin = new Dauphin(stage.controller, screen, signal);
  const scene: Scene = { stage, screen, dauphin, view: new WritesView(stage.writer), signal };
  const whole = await perform(scene);
  if (once) {
    screen.print('\nStopping everything.');
    return whole;
  }
  const stillWhole = await play(scene);
  return whole && stillWhole;
}

// A reader that has gone away (`| head`, a closed terminal) must not keep the servers from being ended.
process.stdout.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2));
