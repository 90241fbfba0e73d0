/** One act under load, from the first write to the last, and what became of the writes. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/kit/deadline.ts';
import { clock } from '../../test/kit/machine-clock.ts';
import type { RedisServer } from '../../test/kit/redis/redis-server.ts';
import type { Said } from './actor.ts';
import { type Gap, longestGap } from './gap.ts';
import { Load, type LoadReports } from './load/load.ts';
import type { ClientConnection, LoadRecord } from './load/load-protocol.ts';
import { missingOn } from './load/missing-writes.ts';
import type { Seen } from './seen.ts';
import type { Stage } from './stage.ts';

export interface Fault {
  readonly stage: Stage;
  readonly connection: ClientConnection;
  /** Who is to be the primary, where that is known: then nobody looks before the one who acts is done. */
  readonly candidate?: RedisServer;
  /** What is done to the primary. The clock of the measurement is read right before. */
  strike(): Promise<void>;
  /** Resolves when whoever acts has done all it does. */
  acted(signal: AbortSignal): Promise<Said>;
  /** After the takeover. Gives when the struck server went on, in epoch microseconds. */
  wake?(signal: AbortSignal): Promise<number>;
  /** Looks at the servers, when all is over and nothing writes any more. */
  inspect(
    next: RedisServer,
  ): Promise<{ readonly wrong: readonly string[]; readonly remarks: readonly string[] }>;
  readonly mayLose: boolean;
}

/** Caches fill and the clients find their pace. */
const WARM_UP_MS = 1500;
const QUIET_MS = 1000;
/** What servers do once a second falls anywhere. */
const PHASE_MS = 1000;
const TAKER_MS = 40_000;
/** Writes on the new primary, so that there is something to be lost on it, too. */
const AFTER_MS = 2000;
const CLIENT_MS = 15_000;

export async function watchFault(fault: Fault, signal: AbortSignal): Promise<Seen> {
  const { stage, connection } = fault;
  await using load = await Load.start(stage, connection);
  await sleep(WARM_UP_MS + randomInt(PHASE_MS), undefined, { signal });
  const at = clock.nowUs();
  await fault.strike();
  const acting = fault.acted(signal);
  // It is asked for how it ended later.
  acting.catch(() => undefined);
  const next = await takerOf(load, fault, at, acting);
  if (next !== undefined && connection.by === 'address') await load.follow(next.address);
  const said = await acting;
  const wokeAt = next === undefined ? undefined : await fault.wake?.(signal);
  await sleep(AFTER_MS, undefined, { signal });
  const back = await load.awaitClient(stage.shard, clock.nowUs() - 500_000, CLIENT_MS).then(
    () => [],
    () => ['the ordinary client had not written again 15 s later'],
  );
  const to = clock.nowUs();
  const reports = await load.stop();
  if (next === undefined) return failed(said, reports);
  const lost = await lostWrites(stage, next, reports);
  const { wrong, remarks } = await fault.inspect(next);
  return {
    ...pausesOf(stage, reports, { from: at, to }),
    acknowledged: recordsOf(reports).length,
    lost: lost.length,
    ...(wokeAt === undefined ? {} : { afterWake: takenAfter(stage.primary.name, wokeAt, reports) }),
    clientErrors: reports.client.stats.errors,
    ...(said.loss === undefined ? {} : { said: said.loss.verdict }),
    wrong: [
      ...(lost.length > 0 && !fault.mayLose ? [`${lost.length} acknowledged writes lost`] : []),
      ...(said.failure === undefined ? [] : [said.failure]),
      ...wrong,
    ],
    remarks: [...back, ...remarks],
  };
}

/** Undefined when the one who acts says that nothing came of it. */
async function takerOf(
  load: Load,
  { stage, candidate }: Fault,
  at: number,
  acting: Promise<Said>,
): Promise<RedisServer | undefined> {
  if (candidate !== undefined) return (await acting).failure === undefined ? candidate : undefined;
  const names = stage.replicas.map(({ name }) => name);
  const taking = load.awaitTaker(names, at, TAKER_MS).catch(() => undefined);
  const failing = acting.then(({ failure }) => (failure === undefined ? taking : undefined));
  const name = await Promise.race([taking, failing]);
  return stage.replicas.find((replica) => replica.name === name);
}

function failed({ failure = 'nothing changed hands' }: Said, reports: LoadReports): Seen {
  return {
    acknowledged: recordsOf(reports).length,
    lost: 0,
    clientErrors: reports.client.stats.errors,
    wrong: [failure],
    remarks: [],
  };
}

const recordsOf = ({ probe, client }: LoadReports): readonly LoadRecord[] => [
  ...probe.records,
  ...client.records,
];

function pausesOf(
  { shard, others }: Stage,
  { probe, client }: LoadReports,
  window: { readonly from: number; readonly to: number },
): Pick<Seen, 'serverMs' | 'quietMs' | 'clientMs' | 'othersMs'> {
  const pauseOf = (records: readonly LoadRecord[], name: string, during = window): Gap | undefined =>
    longestGap(
      records.filter((record) => record.shard === name).map(({ ackedAt }) => ackedAt),
      during,
    );
  const quiet = pauseOf(probe.records, shard, { from: window.from - QUIET_MS * 1000, to: window.from });
  const [server, application] = [pauseOf(probe.records, shard), pauseOf(client.records, shard)];
  const elsewhere = [...others.keys()].flatMap((name) => pauseOf(probe.records, name)?.ms ?? []);
  return {
    ...(server === undefined ? {} : { serverMs: server.ms }),
    ...(quiet === undefined ? {} : { quietMs: quiet.ms }),
    ...(application === undefined ? {} : { clientMs: application.ms }),
    ...(elsewhere.length === 0 ? {} : { othersMs: Math.max(...elsewhere) }),
  };
}

async function lostWrites(
  { shard, others }: Stage,
  next: RedisServer,
  reports: LoadReports,
): Promise<readonly LoadRecord[]> {
  const records = recordsOf(reports);
  const primaries = [[shard, next] as const, ...others];
  const missing = await Promise.all(
    primaries.map(([name, server]) =>
      missingOn(
        server,
        records.filter((record) => record.shard === name),
      ),
    ),
  );
  return missing.flat();
}

/** The client's writes say not where they went: what it wrote to a woken server is among the lost. */
function takenAfter(server: string, since: number, { probe }: LoadReports): number {
  return probe.records.filter((record) => record.server === server && record.ackedAt > since).length;
}

/** Resolves with the moment when the server that was stopped goes on, once it has become a replica or had long enough. */
export async function wakeAndAwaitDemotion(server: RedisServer, deadlineMs: number): Promise<number> {
  const at = clock.nowUs();
  server.resume();
  await until(`${server.name} to be a replica`, { deadlineMs, everyMs: 50 }, async () => {
    return (await server.info('replication')).role === 'slave';
  }).catch(() => undefined);
  return at;
}
