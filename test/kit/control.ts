/** A controller in the test's own process, wired as main.ts does it, over a kit cluster. */

import { expect } from 'vitest';
import type { FailoverAsked, SwitchoverAsked } from '../../src/control/control-plane.ts';
import { Controller, type ControllerParts } from '../../src/control/controller.ts';
import { processHolder } from '../../src/control/operations/holder.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { clusterName } from '../../src/core/identity.ts';
import type { EngineKind } from '../../src/core/observation.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { PlanKind } from '../../src/core/plan.ts';
import type { ClusterPolicy, ServerSettings } from '../../src/core/policy.ts';
import type { Store } from '../../src/core/store.ts';
import { type PolicyTraits, testPolicy } from '../../src/core/testing/test-policy.ts';
import { engines } from '../../src/engines/registry.ts';
import { createMemoryShelf } from '../../src/simulator/memory-shelf.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { dauphin, repl } from './accounts.ts';
import type { DatabaseServer } from './database-server.ts';
import { until } from './deadline.ts';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** MySQL 9 takes logins over TCP only with TLS or its public key. */
const tls = { verifyServer: false };

/** What is put under control: SQL servers, or Redis. */
export interface Watchable {
  readonly engine: EngineKind;
  readonly servers: readonly Pick<DatabaseServer, 'name' | 'address'>[];
  readonly primary: Pick<DatabaseServer, 'address'>;
}

export interface ControlOptions {
  readonly policy?: PolicyTraits;
  /** By server name. */
  readonly settings?: Readonly<Record<string, Partial<ServerSettings>>>;
  readonly store?: Store;
  readonly parts?: Partial<ControllerParts>;
}

export class TestControl implements AsyncDisposable {
  readonly controller: Controller;
  readonly name: string;

  constructor(controller: Controller, name: string) {
    this.controller = controller;
    this.name = name;
  }

  /** Asks, waits for the end, and returns the operation as it lies in the store. */
  async switchover(to?: string, withinMs = 30_000, more: Partial<SwitchoverAsked> = {}): Promise<Operation> {
    const asked: SwitchoverAsked = {
      cluster: this.name,
      requestedBy: 'test',
      ...(to === undefined ? {} : { to }),
      ...more,
    };
    const answer = await this.controller.switchover(asked);
    return answer.ok ? this.ended(answer.operation.id, withinMs) : answer.operation;
  }

  /** As `switchover`, of a primary that is dead. */
  async failover(asked: Partial<FailoverAsked> = {}, withinMs = 30_000): Promise<Operation> {
    const answer = await this.controller.failover({ cluster: this.name, requestedBy: 'test', ...asked });
    return answer.ok ? this.ended(answer.operation.id, withinMs) : answer.operation;
  }

  /** Makes a former primary a replica again. */
  async rejoin(server: string, withinMs = 30_000): Promise<Operation> {
    const answer = await this.controller.rejoin({ cluster: this.name, server, requestedBy: 'test' });
    return answer.ok ? this.ended(answer.operation.id, withinMs) : answer.operation;
  }

  async ended(id: string, withinMs = 30_000): Promise<Operation> {
    const end = performance.now() + withinMs;
    for (;;) {
      const operation = await this.controller.operation(id);
      if (operation.status !== 'running') return operation;
      if (performance.now() > end) {
        const last = JSON.stringify((await this.controller.journal(id)).slice(-3));
        throw new Error(`operation ${id} still runs after ${withinMs} ms: ${last}`);
      }
      await systemClock.sleep(5);
    }
  }

  /** The first operation of that kind that has ended, however it did, other than `not`. */
  async firstEnded(kind: PlanKind, withinMs: number, not?: string): Promise<Operation> {
    let all: readonly Operation[] = [];
    return until(`a ${kind} to end`, { deadlineMs: withinMs }, async () => {
      all = await this.controller.operations({ limit: 50 });
      return all.find((each) => each.kind === kind && each.status !== 'running' && each.id !== not);
    }).catch((late: unknown) => {
      throw new Error(`${String(late)}: ${JSON.stringify(all)}`, { cause: late });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.controller.close();
  }
}

/** Each of the writer's connections may have one write that was acknowledged and not sent yet. */
const ON_THE_WAY = 4;

/**
 * Without an agent: the controller's last look at the primary may have seen writes that were sent to nobody when it was
 * killed. Then nothing happens without a person's word, who is told of no more than those, and gives it.
 */
export async function failoverAccepting(
  ask: (more: Partial<FailoverAsked>) => Promise<Operation>,
): Promise<Operation> {
  const first = await ask({});
  const { code, message = '' } = first.outcome?.cause ?? {};
  // What a survivor has received and does not give on is refused by the same code, and is no chance.
  const onTheWay = code === 'loss-not-accepted' && message.includes('are known to be missing');
  if (first.status !== 'rolled-back' || !onTheWay) return first;
  expect(message).toMatch(/\(missing: [^)]+\)/);
  const second = await ask({ acceptDataLoss: { by: 'test' } });
  const told = JSON.stringify(second.refusals ?? second.outcome);
  const loss = { verdict: 'known', because: 'a person accepted it', acceptedBy: 'test' };
  expect(second.outcome?.loss, told).toMatchObject(loss);
  expect(second.outcome?.loss?.transactions, told).toBeLessThanOrEqual(ON_THE_WAY);
  return second;
}

function policyFor(cluster: Watchable, options: ControlOptions = {}): ClusterPolicy {
  const servers = cluster.servers.map((server) => ({
    name: server.name,
    address: server.address,
    promotionRule: 'neutral' as const,
    ...options.settings?.[server.name],
  }));
  const traits = options.policy ?? {};
  return testPolicy('orders', cluster.engine, servers, {
    seeds: [cluster.primary.address],
    ...traits,
  });
}

export function controllerParts(cluster: Watchable, options: ControlOptions = {}): ControllerParts {
  const policy = policyFor(cluster, options);
  const accounts =
    cluster.engine === 'redis' || cluster.engine === 'redis-cluster'
      ? { admin: { user: 'default', password: '' } }
      : { admin: { ...dauphin, ...(cluster.engine === 'mysql' ? { tls } : {}) }, replication: repl };
  const clusters = [{ policy, ...accounts }];
  return {
    store: options.store ?? createMemoryStore(systemClock),
    clock: systemClock,
    holder: processHolder(),
    log: silent,
    engines,
    routes: () => {
      throw new Error('no routes in this test');
    },
    clusters,
    timing: { intervalMs: 1000, deadlineMs: 1000 },
    shelf: createMemoryShelf(),
    agents: () => {
      throw new Error('no agents in this test');
    },
    runHook: () => Promise.reject(new Error('no hooks in this test')),
    ...options.parts,
  };
}

/** Started, and every server of the cluster seen. */
export async function startControl(cluster: Watchable, options: ControlOptions = {}): Promise<TestControl> {
  const controller = new Controller(controllerParts(cluster, options));
  await controller.start();
  const control = new TestControl(controller, clusterName('orders'));
  const end = performance.now() + 10_000;
  while (controller.topology('orders').nodes.some((node) => !node.reachable)) {
    if (performance.now() > end)
      throw new Error(
        'not every server was seen within 10 s: ' +
          controller
            .topology('orders')
            .nodes.map((node) => `${node.name} ${node.failure?.message}`)
            .join('; '),
      );
    await systemClock.sleep(10);
  }
  return control;
}
