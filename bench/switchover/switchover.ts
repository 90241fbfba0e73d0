/**
 * How long writers wait while the primary is handed over by Dauphin; then, on the same cluster and under the same
 * load, by bare statements.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { mysqlUnavailable } from '../../test/kit/mysql.ts';
import { verifyWrites } from '../../test/kit/verify-writes.ts';
import type { WriterReport } from '../../test/kit/writer.ts';
import type { Bench, BenchIo } from '../bench.ts';
import type { Stretch } from '../phase-times.ts';
import { Floor, type FloorOrder, floorOrders, TooLate } from './floor.ts';
import { readSwitchoverOptions, type SwitchoverOptions } from './options.ts';
import { byController } from './product.ts';
import {
  closingLines,
  type FloorSeries,
  figures,
  floorPhases,
  headingLine,
  productPhases,
  roundLine,
  summaryLines,
} from './report.ts';
import { type HandOver, type Round, Rounds } from './rounds.ts';
import { type Stage, setStage } from './stage.ts';

/** Caches fill and the writer finds its pace. */
const WARM_UP_MS = 2000;

export const switchover: Bench = async (args, io) => {
  const options = readSwitchoverOptions(args);
  const unavailable = options.engine === 'mysql' ? mysqlUnavailable() : undefined;
  if (unavailable !== undefined) throw new Error(unavailable);
  io.say('starting a primary and three replicas …');
  await using stage = await setStage(options);
  await measure(stage, options, io);
};

async function measure(stage: Stage, options: SwitchoverOptions, io: BenchIo): Promise<void> {
  const { cluster, writer, controller } = stage;
  io.say(introduction(stage, options));
  await sleep(WARM_UP_MS, undefined, { signal: io.signal });
  const turns = new Rounds(cluster, writer, io.signal);
  const count = options.runs;

  io.say(`\nDauphin, ${count} switchovers`);
  const byDauphin = byController(controller, io.signal);
  const rounds = await run({ turns, count, handOver: byDauphin, columns: productPhases }, io);
  // Whatever it does beside, it must not do it to the floor.
  await controller.stop();

  using bare = await Floor.open(cluster.servers);
  const floors: FloorSeries[] = [];
  for (const order of floorOrders) {
    io.say(`\nbare statements, ${order}, ${count} hand-overs`);
    const byHand = byStatements(bare, order);
    floors.push({ order, rounds: await run({ turns, count, handOver: byHand, columns: floorPhases }, io) });
  }

  const report = await writer.stop();
  await cluster.caughtUp(turns.primary);
  const verdict = await verifyWrites(report.ids, turns.primary);
  const measured = { options, rounds, floors, verdict, stats: report.stats, achievedRate: rateOf(report) };
  io.say(['', ...closingLines(measured)].join('\n'));
  io.result(figures(measured));
  if (verdict.lost.length + verdict.duplicated.length > 0) throw new Error('writes were lost or duplicated');
}

function byStatements(floor: Floor, order: FloorOrder): HandOver {
  return async (from, to) => {
    try {
      return { phases: await floor.handOver(order, from, to) };
    } catch (thrown) {
      if (thrown instanceof TooLate) return { phases: {}, failure: `given up: ${thrown.message}` };
      throw thrown;
    }
  };
}

interface Series {
  readonly turns: Rounds;
  readonly count: number;
  readonly handOver: HandOver;
  readonly columns: readonly Stretch[];
}

async function run({ turns, count, handOver, columns }: Series, io: BenchIo): Promise<readonly Round[]> {
  io.say(headingLine(columns));
  const rounds: Round[] = [];
  for await (const round of turns.run(count, handOver)) {
    rounds.push(round);
    io.say(roundLine(round, columns));
  }
  io.say(['', ...summaryLines(rounds, columns)].join('\n'));
  return rounds;
}

function introduction({ cluster, writer }: Stage, { rate }: SwitchoverOptions): string {
  const { engine, version } = cluster.primary;
  const title = engine === 'mariadb' ? 'MariaDB' : 'MySQL';
  return (
    `${title} ${version}, durable: every commit is on the disk before it is acknowledged\n` +
    `${writer.connections} connections, ${rate} single-row inserts a second`
  );
}

function rateOf({ records }: WriterReport): number {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined || last.ackedAt === first.ackedAt) return 0;
  return (records.length - 1) / ((last.ackedAt - first.ackedAt) / 1e6);
}
