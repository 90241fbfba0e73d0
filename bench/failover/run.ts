/** One failover on a cluster of its own, and everything that was seen of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Loss } from '../../src/core/operation.ts';
import type { DatabaseServer } from '../../test/kit/database-server.ts';
import { awaitCaughtUp } from '../../test/kit/replication.ts';
import { holdingOf, sameHolding } from '../../test/kit/survivors.ts';
import { verifyWrites } from '../../test/kit/verify-writes.ts';
import type { WriterReport } from '../../test/kit/writer.ts';
import { type Breakdown, breakdownOf } from './breakdown.ts';
import { cases } from './cases.ts';
import { disagreements } from './loss.ts';
import { takeBack, wake } from './return.ts';
import { type Scene, setScene } from './scene.ts';
import { awaitTakeOver } from './taken-over.ts';
import { type MeasuredCase, targets } from './targets.ts';

export interface Run {
  readonly from: string;
  readonly to: string;
  /** Last acknowledged on the old to first acknowledged on the new, in milliseconds. */
  readonly pauseMs?: number;
  /** How long the new primary applied what it had received; where that is what the case is about. */
  readonly applyingMs?: number;
  readonly breakdown: Breakdown;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly refused: number;
  readonly unknown: number;
  /** All survivors hold the same rows. */
  readonly equal: boolean;
  readonly reported?: Loss;
  /** What a correct failover would not have done, in words. */
  readonly wrong: readonly string[];
  readonly remarks: readonly string[];
}

export interface Asked {
  readonly name: MeasuredCase;
  readonly run: number;
  readonly engine: 'mariadb' | 'mysql';
  readonly rate: number;
}

/** Caches fill and the writer finds its pace. */
const WARM_UP_MS = 2000;
/** Writes on the new primary, so that there is something to be lost on it, too. */
const AFTER_MS = 500;
const CATCH_UP_MS = 60_000;

export async function runOnce({ name, run, engine, rate }: Asked, signal: AbortSignal): Promise<Run> {
  const { setting, prepare, strike, wakes, returns } = cases[name];
  await using scene = await setScene({ ...setting, engine, rate });
  const { cluster, primary: old, writer, controller } = scene;
  await sleep(WARM_UP_MS, undefined, { signal });
  await prepare(scene, run, signal);
  const struck = await strike(scene);
  const { operation, journal } = await awaitTakeOver(controller, signal);
  const next = cluster.server(operation.plan?.to.name ?? '');
  await sleep(AFTER_MS, undefined, { signal });
  const takenAwake = wakes === true ? await wake(old) : 0;
  const report = await writer.stop();
  const equal = await survivorsEqual(scene, next);
  const verdict = await verifyWrites(report.ids, next);
  const lost = verdict.lost.length;
  const back = returns === true ? await takeBack(scene, next, signal) : undefined;
  const reported = operation.outcome?.loss;
  const applyingMs = (await struck.applying)?.get(next.name);
  const { pauseMs, remark } = pauseOf(report, old.name, next.name);
  const wrong = [
    ...(lost > 0 && !targets[name].mayLose ? [`${lost} acknowledged writes lost`] : []),
    ...(verdict.duplicated.length > 0 ? [`${verdict.duplicated.length} writes duplicated`] : []),
    ...(equal ? [] : ['survivors differ']),
    ...(takenAwake > 0 ? [`${old.name} took ${takenAwake} writes after it had woken`] : []),
    ...(back?.failure === undefined ? [] : [`${old.name} did not become a replica: ${back.failure}`]),
    ...disagreements({ reported, lost, onlyOld: back?.onlyOld, surplus: back?.surplus }),
  ];
  const flags = operation.outcome?.flags ?? [];
  return {
    from: old.name,
    to: next.name,
    ...(pauseMs === undefined ? {} : { pauseMs }),
    ...(applyingMs === undefined ? {} : { applyingMs }),
    breakdown: breakdownOf(operation, journal, { actAt: struck.at, pauseMs }),
    acknowledged: verdict.acknowledged,
    lost,
    duplicated: verdict.duplicated.length,
    refused: report.stats.refused,
    unknown: report.stats.unknown,
    equal,
    ...(reported === undefined ? {} : { reported }),
    wrong,
    remarks: [
      ...(remark === undefined ? [] : [remark]),
      ...flags.map(({ step, problem }) => `${step}: ${problem.message}`),
    ],
  };
}

function pauseOf(
  { switches }: WriterReport,
  from: string,
  to: string,
): { readonly pauseMs?: number; readonly remark?: string } {
  const [first, last] = [switches[0], switches.at(-1)];
  if (first === undefined || last === undefined) return { remark: 'the writer saw no change' };
  const pauseMs = (last.firstAckOnNew - last.lastAckOnOld) / 1000;
  if (switches.length === 1 && first.from === from && last.to === to) return { pauseMs };
  return { pauseMs, remark: `writes went ${[first.from, ...switches.map((each) => each.to)].join(' → ')}` };
}

/** Those that did not die, once the followers have what the new primary has. */
async function survivorsEqual({ replicas }: Scene, next: DatabaseServer): Promise<boolean> {
  try {
    await awaitCaughtUp(replicas, next, CATCH_UP_MS);
  } catch {
    return false;
  }
  return sameHolding(await Promise.all(replicas.map((replica) => holdingOf(replica))));
}
