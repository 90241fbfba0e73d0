/** What is done to the primary in each case, what comes before it, and what the cluster is allowed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clock } from '../../test/kit/machine-clock.ts';
import {
  awaitPosition,
  receivedPosition,
  startReplicating,
  stopReplicating,
} from '../../test/kit/replication.ts';
import type { Scene, Setting } from './scene.ts';
import type { MeasuredCase } from './targets.ts';

export interface Struck {
  /** The moment of the act: epoch milliseconds of the machine clock. */
  readonly at: number;
  /** How long each replica took to apply what it had received, in milliseconds; where that is what the case is about. */
  readonly applying?: Promise<ReadonlyMap<string, number>>;
}

export interface FailoverCase {
  readonly about: string;
  readonly setting: Omit<Setting, 'engine' | 'rate'>;
  /** Under load, before the act. `run` counts from 1. */
  prepare(scene: Scene, run: number, signal: AbortSignal): Promise<void>;
  strike(scene: Scene): Promise<Struck>;
  /** The struck server is woken afterwards, and must not take a write. */
  readonly wakes?: true;
  /** Its host comes back afterwards, and what only it has is counted. */
  readonly returns?: true;
}

/** As long as in MHA's figure for the same case. */
const TAIL_MS = 3000;
/** Between one replica that stops receiving and the next. */
const APART_MS = 1000;
const APPLY_MS = 60_000;

const salvaging = { agents: true, semiSync: false, failover: { durability: 'salvage' } } as const;

export const cases: Readonly<Record<MeasuredCase, FailoverCase>> = {
  kill: {
    about: "the primary's process is killed (kill -9); its host and agent live",
    setting: salvaging,
    prepare: nothing,
    strike: killServer,
  },
  tail: {
    about: 'as kill; no replica had received anything for 3 s',
    setting: salvaging,
    prepare: async ({ replicas }, _run, signal) => {
      await Promise.all(replicas.map((replica) => stopReplicating(replica, 'receiver')));
      await sleep(TAIL_MS, undefined, { signal });
    },
    strike: killServer,
  },
  hang: {
    about: "the primary's process is stopped (SIGSTOP), and goes on afterwards",
    setting: salvaging,
    prepare: nothing,
    strike: async ({ primary }) => {
      const at = now();
      await primary.pause();
      return { at };
    },
    wakes: true,
  },
  lag: {
    about: 'as kill; every replica has received 3 s of writes that it has not applied',
    setting: salvaging,
    prepare: async ({ replicas }, _run, signal) => {
      await Promise.all(replicas.map((replica) => stopReplicating(replica, 'applier')));
      await sleep(TAIL_MS, undefined, { signal });
    },
    strike: async (scene) => {
      await Promise.all(scene.replicas.map((replica) => startReplicating(replica, 'applier')));
      const struck = await killServer(scene);
      const applying = applyingTimes(scene, struck.at);
      // Whoever waits for it is told; until then it is nobody's failure.
      applying.catch(() => undefined);
      return { ...struck, applying };
    },
  },
  host: {
    about: 'server and agent are killed and stay away; semi-synchronous replication',
    setting: { agents: true, semiSync: true, failover: { durability: 'lossless' } },
    prepare: nothing,
    strike: killHost,
  },
  'host-async': {
    about: 'server and agent are killed and stay away; asynchronous replication',
    setting: { agents: true, semiSync: false, failover: { durability: 'available', maxLoss: 'any' } },
    prepare: nothing,
    strike: killHost,
    returns: true,
  },
  uneven: {
    about:
      'as kill; replicas stopped at different points, one of them altogether (every other run: all of them)',
    setting: salvaging,
    prepare: async ({ replicas: [first, second, third] }, run, signal) => {
      if (third) await stopReplicating(third);
      await sleep(APART_MS, undefined, { signal });
      if (second) await stopReplicating(second, 'receiver');
      await sleep(APART_MS, undefined, { signal });
      if (first && run % 2 === 0) await stopReplicating(first, 'receiver');
      await sleep(APART_MS / 2, undefined, { signal });
    },
    strike: killServer,
  },
};

async function nothing(): Promise<void> {}

const now = (): number => clock.nowUs() / 1000;

async function killServer({ primary }: Scene): Promise<Struck> {
  const at = now();
  await primary.kill();
  return { at };
}

async function killHost({ primary, agents }: Scene): Promise<Struck> {
  const at = now();
  await Promise.all([primary.kill(), agents.of(primary.name).kill()]);
  return { at };
}

/** The servers tell of it by themselves: one waiting statement each, which costs them nothing meanwhile. */
async function applyingTimes({ replicas }: Scene, since: number): Promise<ReadonlyMap<string, number>> {
  const times = await Promise.all(
    replicas.map(async (replica) => {
      await awaitPosition(replica, await receivedPosition(replica), APPLY_MS);
      return [replica.name, now() - since] as const;
    }),
  );
  return new Map(times);
}
