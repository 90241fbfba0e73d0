/** What an operation reaches out to, each under its lease: one that is lost lets nothing more through. */

import type { Clock } from '../../core/clock.ts';
import type { HostAgent, SalvageShelf } from '../../core/host.ts';
import type { OperationId } from '../../core/identity.ts';
import type { HookSettings, RouteSettings } from '../../core/policy.ts';
import type { Route } from '../../core/route.ts';
import type { HookOccasion, Surroundings } from '../execution/surroundings.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import type { ClusterLease } from './lease.ts';

export interface SurroundingParts {
  readonly clock: Clock;
  readonly shelf: SalvageShelf;
  route(settings: RouteSettings): Route;
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
  { clock, route, runHook, shelf }: SurroundingParts,
  { cluster, lease, operation }: Undertaking,
): Surroundings {
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
      return route(settings);
    },
    runHook: async (hook, occasion, call) => {
      lease.assertHeld();
      await runHook(hook, occasion, call);
    },
    agent: (server) => {
      lease.assertHeld();
      const agent = cluster.agentOf(cluster.idOf(server));
      return agent && inTheNameOf(operation, agent);
    },
    judge: (server, call) => cluster.judge(cluster.idOf(server), call.signal),
    shelf,
    account: cluster.setup.admin,
    verify: async (plan, call) => {
      const planned = await cluster.plan(plan.to.id, call.signal);
      if (!planned.ok) return planned.refusals;
      return planned.plan.from.id === plan.from.id
        ? []
        : [
            {
              code: 'topology-changed',
              fact: `${planned.plan.from.name} is the primary now`,
              needs: `${plan.from.name} still the primary`,
            },
          ];
    },
  };
}

/** So that a fence that comes late is told from one that is meant. */
function inTheNameOf(operation: OperationId, agent: HostAgent): HostAgent {
  return {
    ...agent,
    fence: (call) => agent.fence(call, operation),
    unfence: (request, call) => agent.unfence({ ...request, operation }, call),
  };
}
