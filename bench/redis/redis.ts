/** How long nobody can write to Redis while its primary changes, and what is lost: beside Redis alone, case by case. */
import type { Bench, BenchIo } from '../bench.ts';
import { UsageError } from '../usage.ts';
import type { BenchCase } from './case.ts';
import { clusterKillCase, clusterSwitchoverCase } from './cluster/cluster-cases.ts';
import { rebalanceCase } from './cluster/rebalance-case.ts';
import { type RedisCase, type RedisOptions, readRedisOptions, type Side } from './options.ts';
import { hangCase, killCase, switchoverCase } from './plain/plain-cases.ts';
import { engineMissing } from './redis-control.ts';
import { figures, headingLine, seenLine, summaryLines } from './report.ts';
import type { Seen } from './seen.ts';

const cases: Readonly<Record<RedisCase, BenchCase>> = {
  switchover: switchoverCase,
  kill: killCase,
  hang: hangCase,
  'cluster-switchover': clusterSwitchoverCase,
  'cluster-kill': clusterKillCase,
  rebalance: rebalanceCase,
};

export const redis: Bench = async (args, io) => {
  const options = readRedisOptions(args);
  const planned = options.cases.map((name) => planOf(name, options));
  io.say(
    `${options.rate} small SETs a second, half by a probe, half by ioredis; servers of its own for each run`,
  );
  const wrong: string[] = [];
  for (const plan of planned) {
    const { name, about } = plan;
    for (const variant of plan.variants) {
      io.say(`\n${name}, ${variant}: ${about}\n${headingLine()}`);
      wrong.push(...(await measure(plan, variant, options, io)));
    }
  }
  if (wrong.length > 0) throw new Error(`not as it must be: ${wrong.join('; ')}`);
};

interface Plan extends BenchCase {
  readonly name: RedisCase;
  readonly measured: readonly Side[];
}

/** Says at once what cannot be measured, not after an hour. */
function planOf(name: RedisCase, { variant, sides }: RedisOptions): Plan {
  const found = cases[name];
  const variants = variant === undefined ? found.variants : found.variants.filter((each) => each === variant);
  if (variants.length === 0) {
    throw new UsageError(`--variant ${variant}: ${name} has ${found.variants.join(', ')}`);
  }
  const measured = sides.filter((side) => found.actors[side] !== undefined);
  if (measured.length === 0) throw new UsageError(`--side ${sides.join(', ')}: ${name} has none`);
  const missing = measured.includes('dauphin') ? engineMissing(found.engine) : undefined;
  if (missing !== undefined) throw new Error(`${name}: ${missing}`);
  return { ...found, name, variants, measured };
}

/** Side by side, so that what befalls the machine befalls all. Gives what was not as it must be with Dauphin. */
async function measure(
  plan: Plan,
  variant: string,
  options: RedisOptions,
  io: BenchIo,
): Promise<readonly string[]> {
  const { name, actors, measured } = plan;
  const series: Partial<Record<Side, readonly Seen[]>> = {};
  for (let run = 0; run < options.runs; run++) {
    // Nobody always comes first.
    for (const turn of measured.keys()) {
      const side = measured[(turn + run) % measured.length];
      if (side === undefined) continue;
      const asked = { side, variant, rate: options.rate, keys: options.keys };
      const seen = await plan.run(asked, io.signal);
      series[side] = [...(series[side] ?? []), seen];
      io.say(seenLine(actors[side] ?? side, seen));
    }
  }
  const result = { name, variant, options, series };
  io.say(['', ...summaryLines(result, actors)].join('\n'));
  io.result(figures(result));
  const ours = series.dauphin ?? [];
  return ours.flatMap(({ wrong }) => wrong.map((text) => `${name}, ${variant}: ${text}`));
}
