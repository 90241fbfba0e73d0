/** How long nobody can write when the primary dies, and whether anything acknowledged is lost: case by case. */
import { mysqlUnavailable } from '../../test/kit/mysql.ts';
import type { Bench, BenchIo } from '../bench.ts';
import { cases } from './cases.ts';
import { type FailoverOptions, readFailoverOptions } from './options.ts';
import { measureQuiet } from './quiet/quiet.ts';
import { figures, headingLine, runLine, summaryLines } from './report.ts';
import { type Run, runOnce } from './run.ts';
import type { MeasuredCase } from './targets.ts';

export const failover: Bench = async (args, io) => {
  const options = readFailoverOptions(args);
  const unavailable = options.engine === 'mysql' ? mysqlUnavailable() : undefined;
  if (unavailable !== undefined) throw new Error(unavailable);
  io.say(
    `${options.engine}, a primary and three replicas, durable; ${options.rate} single-row inserts a second on four ` +
      'connections\na cluster of its own for each run; the controller acts by itself',
  );
  const wrong: string[] = [];
  for (const name of options.cases) {
    wrong.push(...(name === 'quiet' ? await measureQuiet(options, io) : await measure(name, options, io)));
  }
  if (wrong.length > 0) throw new Error(`not as it must be: ${wrong.join('; ')}`);
};

/** Gives what was not as it must be. A pause that is too long is a figure, and none of that. */
async function measure(
  name: MeasuredCase,
  options: FailoverOptions,
  io: BenchIo,
): Promise<readonly string[]> {
  io.say(`\n${name}: ${cases[name].about}\n${headingLine()}`);
  const runs: Run[] = [];
  for (let run = 1; run <= options.runs; run++) {
    const { engine, rate } = options;
    const seen = await runOnce({ name, run, engine, rate }, io.signal);
    runs.push(seen);
    io.say(runLine(seen));
  }
  const measured = { name, options, runs };
  io.say(['', ...summaryLines(measured)].join('\n'));
  io.result(figures(measured));
  return runs.flatMap(({ wrong }) => wrong.map((text) => `${name}: ${text}`));
}
