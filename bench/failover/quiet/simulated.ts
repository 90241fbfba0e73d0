/** Half an hour of such faults on the simulator's servers, many times faster than the clock on the wall. */
import { playQuiet, type QuietResult } from '../../../test/simulator/quiet.ts';
import type { BenchIo } from '../../bench.ts';
import type { FailoverOptions } from '../options.ts';

export interface Simulated extends QuietResult {
  readonly minutes: number;
  readonly seed: number;
  /** Virtual time that passed in one unit of real time. */
  readonly speed: number;
}

const MINUTES = 30;
/** `npm run simulate` plays others. */
const SEED = 1;

export async function simulateQuiet({ engine }: FailoverOptions, io: BenchIo): Promise<Simulated> {
  const began = performance.now();
  const result = await playQuiet({ seed: SEED, engine, minutes: MINUTES, agents: true });
  const speed = result.virtualMs / (performance.now() - began);
  const kinds = Object.entries(result.faults).map(([kind, times]) => `${kind} × ${times}`);
  io.say(
    `\nin the simulator, ${MINUTES} minutes at ${speed.toFixed(0)} times the speed (seed ${SEED}): ${kinds.join(', ')}\n` +
      `failovers   ${result.failovers} (target 0: ${result.failovers === 0 ? 'met' : 'MISSED'})`,
  );
  return { ...result, minutes: MINUTES, seed: SEED, speed };
}

/** What was not as it must be. */
export function wrongIn({ failovers, breaches }: Simulated): readonly string[] {
  return [
    ...(failovers > 0 ? [`quiet: ${failovers} failovers were begun in the simulator`] : []),
    ...breaches.map((breach) => `quiet: in the simulator: ${breach}`),
  ];
}
