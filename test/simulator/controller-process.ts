/** Production's controller, wired to the model world. A test that breaks something on purpose changes the wiring. */
import { Controller } from '../../src/control/controller.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { HostAgent, SalvageShelf } from '../../src/core/host.ts';
import type { Address } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Peer } from '../../src/core/peer.ts';
import type { ClusterPolicy, HookSettings } from '../../src/core/policy.ts';
import type { RouteFactory } from '../../src/core/route.ts';
import type { Store } from '../../src/core/store.ts';
import { redis } from '../../src/engines/redis/index.ts';
import { redisCluster } from '../../src/engines/redis-cluster/index.ts';
import type { ProcessModel } from '../../src/simulator/process-model.ts';
import { type EngineParts, simulatedEngine } from './simulated-engine.ts';

export interface Wiring {
  readonly process: ProcessModel;
  readonly engine: SqlEngineKind;
  readonly store: Store;
  readonly policy: ClusterPolicy;
  readonly route: RouteFactory;
  readonly shelf: SalvageShelf;
  readonly peers?: readonly Peer[];
  agents(address: Address): HostAgent;
  runHook(hook: HookSettings, call: { signal: AbortSignal; deadlineMs: number }): Promise<void>;
  isDead(holder: string): boolean;
  sameBoot(holder: string): boolean;
  log(level: string, fields: object, event: string): void;
  readonly begins: EngineParts['begins'];
  readonly connecting: EngineParts['connecting'];
  /** Changes the engine that the controller is given. */
  readonly spoil?: (engine: Engine) => Engine;
}

export function controllerOf(wiring: Wiring): Controller {
  const { process, connecting, begins } = wiring;
  const engine = (kind: SqlEngineKind): Engine => {
    const made = simulatedEngine({ kind, connecting, begins });
    return wiring.spoil?.(made) ?? made;
  };
  let operations = 0;
  return new Controller({
    store: wiring.store,
    clock: process.time,
    holder: {
      name: process.name,
      isDead: (holder) => wiring.isDead(holder),
      sameBoot: (holder) => wiring.sameBoot(holder),
    },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields, event) => wiring.log('warn', fields, event),
      error: (fields, event) => wiring.log('error', fields, event),
    },
    engines: { mariadb: engine('mariadb'), mysql: engine('mysql'), redis, 'redis-cluster': redisCluster },
    routes: wiring.route,
    clusters: [{ policy: wiring.policy, admin: { user: 'dauphin', password: '' } }],
    timing: { intervalMs: 1000, deadlineMs: 1000 },
    shelf: wiring.shelf,
    peers: wiring.peers ?? [],
    agents: (address) => wiring.agents(address),
    runHook: (hook, _occasion, call) => wiring.runHook(hook, call),
    newId: () => {
      operations += 1;
      return `sw-${Math.floor(process.clock.monotonic()).toString().padStart(7, '0')}-${operations}`;
    },
  });
}
