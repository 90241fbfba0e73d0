/** What an operation reaches out to, each under its lease: one that is lost lets nothing more through. */

import type { Call, Clock } from '../../core/clock.ts';
import type { HostAgent, SalvageShelf } from '../../core/host.ts';
import type { OperationId } from '../../core/identity.ts';
import type { OrderStamp } from '../../core/order-stamp.ts';
import type { Plan } from '../../core/plan.ts';
import type { HookSettings } from '../../core/policy.ts';
import type { RouteFactory } from '../../core/route.ts';
import type { Refusal } from '../../core/switchover-request.ts';
import type { HookOccasion, Surroundings } from '../execution/surroundings.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import type { ClusterLease } from './lease.ts';

export interface SurroundingParts {
  readonly clock: Clock;
  readonly shelf: SalvageShelf;
  readonly routes: RouteFactory;
  runHook(
    hook: HookSettings,
    occasion: HookOccasion,
    call: { signal: AbortSignal; deadlineMs: number },
  ): Promise<void>;
}

export interface Undertaking {
  readonly cluster: WatchedCluster;
  readonly lease: ClusterLease;
  readonly operation: OperationId;
}

export function surroundingsOf(
  { clock, routes, runHook, shelf }: SurroundingParts,
  { cluster, lease, operation }: Undertaking,
): Surroundings {
  let orders = 0;
  const stamp = (): OrderStamp => {
    orders += 1;
    return { operation, lease: lease.guard.revision, order: orders };
  };
  return {
    clock,
    engine: cluster.engine,
    assertAllowed: () => lease.assertHeld(),
    link: (server) => {
      lease.assertHeld();
      return cluster.servers.linkTo(server.id, server.address);
    },
    route: (settings) => {
      lease.assertHeld();
      return routes(settings, cluster.setup.policy);
    },
    runHook: async (hook, occasion, call) => {
      lease.assertHeld();
      await runHook(hook, occasion, call);
    },
    agent: (server) => {
      lease.assertHeld();
      const agent = cluster.agentOf(cluster.idOf(server));
      return agent && stamped(stamp, agent);
    },
    handOver: (action, call) => {
      lease.assertHeld();
      return cluster.shards.handOver(action, call);
    },
    fateOf: (action, signal) => cluster.shards.fateOf(action, signal),
    shape: (work, involved, options, call) => {
      lease.assertHeld();
      return cluster.reshaping.shape(work, involved, options, call);
    },
    judge: (server, call) => cluster.judge(cluster.idOf(server), call.signal),
    shelf,
    account: cluster.setup.admin,
    verify: (plan, call) => verify(cluster, plan, call),
  };
}

async function verify(cluster: WatchedCluster, plan: Plan, { signal }: Call): Promise<readonly Refusal[]> {
  const planned = await cluster.plan(plan.to.id, signal, plan.request.mode);
  if (!planned.ok) return planned.refusals;
  const { name, id } = planned.plan.from;
  if (id === plan.from.id) return [];
  const fact = `${name} is the primary now`;
  return [{ code: 'topology-changed', fact, needs: `${plan.from.name} still the primary` }];
}

/** So that an order that comes late is told from one that is meant. */
function stamped(stamp: () => OrderStamp, agent: HostAgent): HostAgent {
  return {
    ...agent,
    fence: (call) => agent.fence(call, stamp()),
    unfence: (request, call) => agent.unfence({ ...request, order: stamp() }, call),
  };
}
