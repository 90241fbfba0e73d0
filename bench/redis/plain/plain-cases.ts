/** The cases of plain replication: a primary with two replicas. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import { startSentinels } from '../../../test/kit/redis/sentinels.ts';
import type { HandOverActor, WatchingActor } from '../actor.ts';
import type { Asked, BenchCase } from '../case.ts';
import { openDauphinSwitchover, openDauphinWatch } from '../dauphin.ts';
import type { ClientConnection } from '../load/load-protocol.ts';
import type { Seen } from '../seen.ts';
import { candidateOf, type Stage } from '../stage.ts';
import { wakeAndAwaitDemotion, watchFault } from '../watch-fault.ts';
import { openBareSwitchover } from './bare-switchover.ts';
import { inspectSwitchover, inspectTakeover } from './inspect.ts';
import { openOwnFailover } from './own-failover.ts';
import { setPlainStage } from './plain-stage.ts';
import { openPollAndPromote } from './poll-and-promote.ts';

const ENGINE = 'redis';
const DOWN_AFTER_MS = 1000;
/** How long a stopped primary stays stopped after another has taken its place. */
const ASLEEP_MS = 2000;
/** Sentinel takes 10 s to demote one that has come back. */
const DEMOTION_MS = 20_000;

export const switchoverCase: BenchCase = {
  about: 'the primary of two replicas is handed over, under load',
  engine: ENGINE,
  variants: ['plain'],
  actors: { dauphin: 'Dauphin', peer: 'FAILOVER', floor: 'bare commands' },
  run: async ({ side, rate }, signal) => {
    await using stage = await setPlainStage(rate);
    await using actor = await openSwitchover(side, stage, signal);
    return await watchFault(
      {
        stage,
        connection: toldAddress(stage.primary),
        // A script is done when all is done; Dauphin has more to see to, and its client is not to wait for that.
        ...(side === 'dauphin' ? {} : { candidate: candidateOf(stage) }),
        strike: async () => undefined,
        acted: () => actor.switchover(),
        inspect: (next) => inspectSwitchover(stage, next),
        mayLose: false,
      },
      signal,
    );
  },
};

function openSwitchover(side: Asked['side'], stage: Stage, signal: AbortSignal): Promise<HandOverActor> {
  switch (side) {
    case 'dauphin':
      return openDauphinSwitchover(stage, { engine: ENGINE, signal });
    case 'peer':
      return openOwnFailover(stage);
    case 'floor':
      return openBareSwitchover(stage);
  }
}

export const killCase: BenchCase = {
  about: "the primary's process is killed (kill -9)",
  engine: ENGINE,
  variants: ['plain'],
  actors: { dauphin: 'Dauphin', peer: 'three Sentinels', floor: 'poll and promote' },
  run: (asked, signal) => runDeath(asked, 'kill', signal),
};

export const hangCase: BenchCase = {
  about: "the primary's process is stopped (SIGSTOP), and goes on 2 s after another took its place",
  engine: ENGINE,
  variants: ['plain'],
  actors: { dauphin: 'Dauphin', peer: 'three Sentinels' },
  run: (asked, signal) => runDeath(asked, 'hang', signal),
};

async function runDeath({ side, rate }: Asked, how: 'kill' | 'hang', signal: AbortSignal): Promise<Seen> {
  await using stage = await setPlainStage(rate);
  const { primary } = stage;
  await using watcher = await openWatcher(side, stage);
  return await watchFault(
    {
      stage,
      connection: watcher.connection,
      strike: () => (how === 'kill' ? primary.kill() : primary.pause()),
      acted: (ending) => watcher.awaitTakeover(ending),
      ...(how === 'hang' ? { wake: (ending) => wakeLater(primary, ending) } : {}),
      inspect: (next) => inspectTakeover(stage, next),
      // Replication is asynchronous: what the old one acknowledged last may have reached nobody. It is counted.
      mayLose: true,
    },
    signal,
  );
}

interface PlainWatcher extends WatchingActor {
  readonly connection: ClientConnection;
}

async function openWatcher(side: Asked['side'], stage: Stage): Promise<PlainWatcher> {
  const connection = toldAddress(stage.primary);
  switch (side) {
    case 'dauphin':
      return { connection, ...(await openDauphinWatch(stage, ENGINE)) };
    case 'peer':
      return openSentinels(stage);
    case 'floor':
      return { connection, ...(await openPollAndPromote(stage)) };
  }
}

async function openSentinels({ folder, primary, replicas }: Stage): Promise<PlainWatcher> {
  const sentinels = await startSentinels({
    folder,
    primary,
    replicas: replicas.length,
    downAfterMs: DOWN_AFTER_MS,
  });
  return {
    connection: {
      by: 'sentinels',
      sentinels: sentinels.servers.map(({ address }) => address),
      name: sentinels.primaryName,
    },
    awaitTakeover: async () => ({}),
    [Symbol.asyncDispose]: () => sentinels[Symbol.asyncDispose](),
  };
}

function toldAddress({ address }: RedisServer): ClientConnection {
  return { by: 'address', address };
}

async function wakeLater(primary: RedisServer, signal: AbortSignal): Promise<number> {
  await sleep(ASLEEP_MS, undefined, { signal });
  return wakeAndAwaitDemotion(primary, DEMOTION_MS);
}
