/** Faults that must not bring about a failover: on real servers, then for longer in the simulator. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../../../src/core/operation.ts';
import { verifyWrites, type WritesVerdict } from '../../../test/kit/verify-writes.ts';
import type { BenchIo } from '../../bench.ts';
import type { FailoverOptions } from '../options.ts';
import { endingOf, failoversOf } from '../taken-over.ts';
import { type Fault, faults } from './faults.ts';
import { type QuietScene, setQuietScene } from './quiet-scene.ts';
import { simulateQuiet, wrongIn } from './simulated.ts';

type Times = ReadonlyMap<Fault['name'], number>;

const WARM_UP_MS = 2000;
/** Everybody finds everybody again. */
const BETWEEN_MS = 3000;
/** A failover that waits for the end of the grace period would come after the last fault. */
const LATEST_MS = 11_000;

interface Seen {
  readonly times: Times;
  readonly begun: readonly Operation[];
  /** Absent when the primary was replaced. */
  readonly verdict?: WritesVerdict;
}

/** Gives what was not as it must be. */
export async function measureQuiet(options: FailoverOptions, io: BenchIo): Promise<readonly string[]> {
  const { engine, rate, seconds } = options;
  io.say(`\nquiet: ${seconds} s of faults that are no death of the primary`);
  const { times, begun, verdict } = await onServers(options, io);
  io.signal.throwIfAborted();
  const simulated = await simulateQuiet(options, io);
  io.result({
    bench: 'failover',
    case: 'quiet',
    engine,
    rate,
    seconds,
    failovers: begun.length,
    acknowledged: verdict?.acknowledged ?? null,
    lost: verdict?.lost.length ?? null,
    duplicated: verdict?.duplicated.length ?? null,
    faults: Object.fromEntries(times),
    simulated,
  });
  return [
    ...begun.map((operation) => `quiet: a failover was begun, ${endingOf(operation)}`),
    ...((verdict?.lost.length ?? 0) > 0 ? ['quiet: acknowledged writes were lost'] : []),
    ...wrongIn(simulated),
  ];
}

async function onServers({ engine, rate, seconds }: FailoverOptions, io: BenchIo): Promise<Seen> {
  await using scene = await setQuietScene({ engine, rate });
  await sleep(WARM_UP_MS, undefined, { signal: io.signal });
  const times = await playFaults(scene, seconds, io);
  if ((await begunFailovers(scene)).length === 0) await sleep(LATEST_MS, undefined, { signal: io.signal });
  const begun = await begunFailovers(scene);
  io.say(`\nfailovers   ${begun.length} (target 0: ${begun.length === 0 ? 'met' : 'MISSED'})`);
  if (begun.length > 0) return { times, begun };
  const verdict = await verdictOn(scene);
  const { acknowledged, lost, duplicated } = verdict;
  io.say(`writes      ${acknowledged} acknowledged, ${lost.length} lost, ${duplicated.length} duplicated`);
  return { times, begun, verdict };
}

/** In turn, until the time is over; a fault that has begun is brought to its end. The first failover ends it all. */
async function playFaults(scene: QuietScene, seconds: number, io: BenchIo): Promise<Times> {
  const end = performance.now() + seconds * 1000;
  const times = new Map<Fault['name'], number>(faults.map(({ name }) => [name, 0]));
  for (let turn = 0; performance.now() < end; turn++) {
    const fault = faults[turn % faults.length];
    if (fault === undefined) break;
    const began = performance.now();
    const failure = await fault.play(scene, io.signal).then(() => undefined, asError);
    const took = ((performance.now() - began) / 1000).toFixed(1);
    io.signal.throwIfAborted();
    if (failure === undefined) await sleep(BETWEEN_MS, undefined, { signal: io.signal });
    times.set(fault.name, (times.get(fault.name) ?? 0) + 1);
    const begun = await begunFailovers(scene);
    io.say(`${fault.about.padEnd(68)} ${took.padStart(5)} s   ${begun.length} failovers`);
    if (begun.length > 0) break;
    // A primary that is kept from starting again by a failover is that failover's fault, and told as such.
    if (failure !== undefined) throw failure;
  }
  return times;
}

async function begunFailovers({ controller }: QuietScene): Promise<readonly Operation[]> {
  return (await failoversOf(controller.client)).filter(({ status }) => status !== 'refused');
}

async function verdictOn({ writer, cluster }: QuietScene): Promise<WritesVerdict> {
  const { ids } = await writer.stop();
  return verifyWrites(ids, cluster.primary);
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
