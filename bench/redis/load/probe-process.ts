/** Writes to every server it is told of, at a steady pace each, and notes who took what, when. */
import { machineClock } from '../../../test/kit/machine-clock.ts';
import { Pacer } from '../../../test/kit/pacer.ts';
import { LoadLedger } from './load-ledger.ts';
import type { LoadSettings, ProbeLane, ProbeSettings } from './load-protocol.ts';
import { serveLoad } from './load-service.ts';
import { ProbeConnection } from './probe-lane.ts';

function run({ role, clockOffsetUs }: LoadSettings<ProbeSettings>): void {
  const ledger = new LoadLedger(machineClock(clockOffsetUs));
  const stopping = new AbortController();
  const pacers: Pacer[] = [];

  const runLane = async (lane: ProbeLane): Promise<void> => {
    const pacer = new Pacer(lane.rate, 1);
    pacers.push(pacer);
    const connection = new ProbeConnection(lane, ledger, stopping.signal);
    while (!stopping.signal.aborted) {
      await pacer.turn();
      await connection.write();
    }
  };

  const lanes = Promise.all(role.lanes.map(runLane));
  serveLoad(ledger, {
    stop: async () => {
      stopping.abort();
      for (const pacer of pacers) pacer[Symbol.dispose]();
      await lanes;
    },
  });
}

run(JSON.parse(process.argv[2] ?? '') as LoadSettings<ProbeSettings>);
