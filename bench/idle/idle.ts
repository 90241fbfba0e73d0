/** What watching servers costs: the controller's CPU and memory, and the servers' statements and round trips. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { readIdleOptions } from './options.ts';
import { processUsage } from './process-usage.ts';
import { figureLines, type IdleFigures, jsonFigures } from './report.ts';
import { loadBetween, serverLoads } from './server-load.ts';
import { trafficBetween, wiresOf } from './wire-traffic.ts';

/** What a start costs (compiling, first connections, first collection of garbage) is not what idling costs. */
const SETTLE_MS = 5000;

export const idle: Bench = async (args, io) => {
  const options = readIdleOptions(args);
  const measured: IdleFigures[] = [];
  for (const size of options.servers) {
    io.say(`starting ${size} MariaDB servers …`);
    await using fleet = await startFleet(size, io.signal);
    io.say(`${size} servers, each looked at every second, for ${options.seconds} s`);
    const figures = await measure(fleet, options.seconds, io.signal);
    measured.push(figures);
    io.say([...figureLines(figures), ''].join('\n'));
  }
  io.result(jsonFigures(options, measured));
};

async function measure(
  { servers, controller }: Fleet,
  seconds: number,
  signal: AbortSignal,
): Promise<IdleFigures> {
  await sleep(SETTLE_MS, undefined, { signal });
  const look = async () => ({
    at: performance.now(),
    usage: await processUsage(controller.pid),
    wires: await wiresOf(controller.pid, servers),
    loads: await serverLoads(servers),
  });
  const before = await look();
  await sleep(seconds * 1000, undefined, { signal });
  const after = await look();

  const spentMs = after.at - before.at;
  const load = loadBetween(before.loads, after.loads);
  const perServerSecond = (count: number): number => count / servers.length / (spentMs / 1000);
  const traffic = before.wires && after.wires && trafficBetween(before.wires, after.wires);
  return {
    servers: servers.length,
    seconds,
    cpuPercent: ((after.usage.cpuMs - before.usage.cpuMs) / spentMs) * 100,
    rssMiB: after.usage.rssMiB,
    peakRssMiB: after.usage.peakRssMiB,
    statementsPerServerSecond: perServerSecond(load.statements),
    looksPerServerSecond: perServerSecond(load.looks),
    connectionsOpened: load.connections,
    ...(traffic === undefined
      ? {}
      : {
          wire: {
            roundTripsPerLook: traffic.requests / load.looks,
            bytesSentPerLook: traffic.bytesSent / load.looks,
            bytesReceivedPerLook: traffic.bytesReceived / load.looks,
          },
        }),
  };
}
