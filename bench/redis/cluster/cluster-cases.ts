/** The cases of Redis Cluster: three shards with a replica each, of which the first is measured. */
import type { HandOverActor, WatchingActor } from '../actor.ts';
import type { Asked, BenchCase } from '../case.ts';
import { openDauphinSwitchover, openDauphinWatch } from '../dauphin.ts';
import type { ClientConnection } from '../load/load-protocol.ts';
import { candidateOf } from '../stage.ts';
import { watchFault } from '../watch-fault.ts';
import { type ClusterStage, setClusterStage } from './cluster-stage.ts';
import { elected, inspectShard } from './inspect.ts';
import { type FailoverMode, failoverModes, openClusterFailover } from './own-failover.ts';
import { openNobody, openPollAndForce } from './poll-and-force.ts';

const ENGINE = 'redis-cluster';
const SWITCHOVER_NODE_TIMEOUT_MS = 5000;

export const clusterSwitchoverCase: BenchCase = {
  about: 'a living primary is handed over, under load; by mode',
  engine: ENGINE,
  variants: failoverModes,
  actors: { dauphin: 'Dauphin', peer: 'CLUSTER FAILOVER' },
  run: async ({ side, variant, rate }, signal) => {
    const mode = failoverModes.find((each) => each === variant) ?? 'default';
    await using stage = await setClusterStage({ nodeTimeoutMs: SWITCHOVER_NODE_TIMEOUT_MS, rate });
    await using actor = await openSwitchover(side, stage, mode, signal);
    return await watchFault(
      {
        stage,
        connection: toldNodes(stage),
        candidate: candidateOf(stage),
        strike: async () => undefined,
        acted: () => actor.switchover(),
        inspect: (next) => inspectShard(stage, next),
        mayLose: mode !== 'default',
      },
      signal,
    );
  },
};

function openSwitchover(
  side: Asked['side'],
  stage: ClusterStage,
  mode: FailoverMode,
  signal: AbortSignal,
): Promise<HandOverActor> {
  if (side !== 'dauphin') return openClusterFailover(stage, mode);
  return openDauphinSwitchover(stage, {
    engine: ENGINE,
    signal,
    ...(mode === 'default' ? {} : { mode }),
  });
}

export const clusterKillCase: BenchCase = {
  about: "a primary's process is killed (kill -9); by the cluster's node timeout, in milliseconds",
  engine: ENGINE,
  variants: ['1000', '5000', '15000'],
  actors: { dauphin: 'Dauphin', peer: 'the cluster alone', floor: 'poll and FORCE' },
  run: async ({ side, variant, rate }, signal) => {
    await using stage = await setClusterStage({ nodeTimeoutMs: Number(variant), rate });
    await using watcher = await openWatcher(side, stage);
    return await watchFault(
      {
        stage,
        connection: toldNodes(stage),
        strike: () => stage.primary.kill(),
        acted: (ending) => watcher.awaitTakeover(ending),
        inspect: async (next) => {
          const { wrong, remarks } = await inspectShard(stage, next);
          const seized = (await elected(next)) ? [] : [`${next.name} was not elected by the other primaries`];
          return { wrong: [...wrong, ...seized], remarks };
        },
        // Replication is asynchronous: what the dead one acknowledged last may have reached nobody. It is counted.
        mayLose: true,
      },
      signal,
    );
  },
};

function openWatcher(side: Asked['side'], stage: ClusterStage): Promise<WatchingActor> {
  switch (side) {
    case 'dauphin':
      return openDauphinWatch(stage, ENGINE);
    case 'peer':
      return openNobody();
    case 'floor':
      return openPollAndForce(stage);
  }
}

function toldNodes({ servers }: ClusterStage): ClientConnection {
  return { by: 'cluster', nodes: servers.map(({ address }) => address) };
}
